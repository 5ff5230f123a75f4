"""What the emulator's tests need of Google's discovery document of the Analytics Data API, v1beta (revision 20261006).

A field's type is ``string``, ``boolean``, ``double``, ``int32`` (a JSON number), ``int64`` (a JSON string of digits),
the name of an enumeration, or the name of another schema; ``[T]`` is a list of T; ``any`` is any object. ``Status`` is
the body of an error over HTTP, which has the name of its code besides the discovery document's fields.
Source: https://analyticsdata.googleapis.com/$discovery/rest?version=v1beta
"""

from __future__ import annotations

import re
from typing import Any

SCHEMAS: dict[str, dict[str, str]] = {
    "ActiveMetricRestriction": {"metricName": "string", "restrictedMetricTypes": "[RestrictedMetricType]"},
    "BatchRunReportsRequest": {"requests": "[RunReportRequest]"},
    "BatchRunReportsResponse": {"kind": "string", "reports": "[RunReportResponse]"},
    "BetweenFilter": {"fromValue": "NumericValue", "toValue": "NumericValue"},
    "CaseExpression": {"dimensionName": "string"},
    "CheckCompatibilityRequest": {
        "compatibilityFilter": "Compatibility",
        "dimensionFilter": "FilterExpression",
        "dimensions": "[Dimension]",
        "metricFilter": "FilterExpression",
        "metrics": "[Metric]",
    },
    "CheckCompatibilityResponse": {
        "dimensionCompatibilities": "[DimensionCompatibility]",
        "metricCompatibilities": "[MetricCompatibility]",
    },
    "Cohort": {"dateRange": "DateRange", "dimension": "string", "name": "string"},
    "CohortReportSettings": {"accumulate": "boolean"},
    "CohortSpec": {
        "cohortReportSettings": "CohortReportSettings",
        "cohorts": "[Cohort]",
        "cohortsRange": "CohortsRange",
    },
    "CohortsRange": {"endOffset": "int32", "granularity": "Granularity", "startOffset": "int32"},
    "Comparison": {"comparison": "string", "dimensionFilter": "FilterExpression", "name": "string"},
    "ComparisonMetadata": {"apiName": "string", "description": "string", "uiName": "string"},
    "ConcatenateExpression": {"delimiter": "string", "dimensionNames": "[string]"},
    "DataTruncationDateRange": {"endDate": "string", "startDate": "string"},
    "DataTruncationReason": {
        "dataTruncationDate": "string",
        "dataTruncationDateRanges": "[DataTruncationDateRange]",
        "dataTruncationMessage": "string",
        "dataTruncationType": "DataTruncationType",
    },
    "DateRange": {"endDate": "string", "name": "string", "startDate": "string"},
    "Dimension": {"dimensionExpression": "DimensionExpression", "name": "string"},
    "DimensionCompatibility": {"compatibility": "Compatibility", "dimensionMetadata": "DimensionMetadata"},
    "DimensionExpression": {
        "concatenate": "ConcatenateExpression",
        "lowerCase": "CaseExpression",
        "upperCase": "CaseExpression",
    },
    "DimensionHeader": {"name": "string"},
    "DimensionMetadata": {
        "apiName": "string",
        "category": "string",
        "customDefinition": "boolean",
        "deprecatedApiNames": "[string]",
        "description": "string",
        "uiName": "string",
    },
    "DimensionOrderBy": {"dimensionName": "string", "orderType": "OrderType"},
    "DimensionValue": {"value": "string"},
    "EmptyFilter": {},
    "Filter": {
        "betweenFilter": "BetweenFilter",
        "emptyFilter": "EmptyFilter",
        "fieldName": "string",
        "inListFilter": "InListFilter",
        "numericFilter": "NumericFilter",
        "stringFilter": "StringFilter",
    },
    "FilterExpression": {
        "andGroup": "FilterExpressionList",
        "filter": "Filter",
        "notExpression": "FilterExpression",
        "orGroup": "FilterExpressionList",
    },
    "FilterExpressionList": {"expressions": "[FilterExpression]"},
    "InListFilter": {"caseSensitive": "boolean", "values": "[string]"},
    "Metadata": {
        "comparisons": "[ComparisonMetadata]",
        "dimensions": "[DimensionMetadata]",
        "metrics": "[MetricMetadata]",
        "name": "string",
    },
    "Metric": {"expression": "string", "invisible": "boolean", "name": "string"},
    "MetricCompatibility": {"compatibility": "Compatibility", "metricMetadata": "MetricMetadata"},
    "MetricHeader": {"name": "string", "type": "MetricType"},
    "MetricMetadata": {
        "apiName": "string",
        "blockedReasons": "[BlockedReason]",
        "category": "string",
        "customDefinition": "boolean",
        "deprecatedApiNames": "[string]",
        "description": "string",
        "expression": "string",
        "type": "MetricType",
        "uiName": "string",
    },
    "MetricOrderBy": {"metricName": "string"},
    "MetricValue": {"value": "string"},
    "NumericFilter": {"operation": "NumericOperation", "value": "NumericValue"},
    "NumericValue": {"doubleValue": "double", "int64Value": "int64"},
    "OrderBy": {"desc": "boolean", "dimension": "DimensionOrderBy", "metric": "MetricOrderBy", "pivot": "PivotOrderBy"},
    "PivotOrderBy": {"metricName": "string", "pivotSelections": "[PivotSelection]"},
    "PivotSelection": {"dimensionName": "string", "dimensionValue": "string"},
    "PropertyQuota": {
        "concurrentRequests": "QuotaStatus",
        "potentiallyThresholdedRequestsPerHour": "QuotaStatus",
        "serverErrorsPerProjectPerHour": "QuotaStatus",
        "tokensPerDay": "QuotaStatus",
        "tokensPerHour": "QuotaStatus",
        "tokensPerProjectPerHour": "QuotaStatus",
    },
    "QuotaStatus": {"consumed": "int32", "remaining": "int32"},
    "ResponseMetaData": {
        "currencyCode": "string",
        "dataLossFromOtherRow": "boolean",
        "dataTruncationReasons": "[DataTruncationReason]",
        "emptyReason": "string",
        "samplingMetadatas": "[SamplingMetadata]",
        "schemaRestrictionResponse": "SchemaRestrictionResponse",
        "subjectToThresholding": "boolean",
        "timeZone": "string",
    },
    "Row": {"dimensionValues": "[DimensionValue]", "metricValues": "[MetricValue]"},
    "RunReportRequest": {
        "cohortSpec": "CohortSpec",
        "comparisons": "[Comparison]",
        "currencyCode": "string",
        "dateRanges": "[DateRange]",
        "dimensionFilter": "FilterExpression",
        "dimensions": "[Dimension]",
        "keepEmptyRows": "boolean",
        "limit": "int64",
        "metricAggregations": "[MetricAggregation]",
        "metricFilter": "FilterExpression",
        "metrics": "[Metric]",
        "offset": "int64",
        "orderBys": "[OrderBy]",
        "property": "string",
        "returnPropertyQuota": "boolean",
    },
    "RunReportResponse": {
        "dimensionHeaders": "[DimensionHeader]",
        "kind": "string",
        "maximums": "[Row]",
        "metadata": "ResponseMetaData",
        "metricHeaders": "[MetricHeader]",
        "minimums": "[Row]",
        "propertyQuota": "PropertyQuota",
        "rowCount": "int32",
        "rows": "[Row]",
        "totals": "[Row]",
    },
    "SamplingMetadata": {"samplesReadCount": "int64", "samplingSpaceSize": "int64"},
    "SchemaRestrictionResponse": {"activeMetricRestrictions": "[ActiveMetricRestriction]"},
    "Status": {"code": "int32", "details": "[any]", "message": "string", "status": "string"},
    "StringFilter": {"caseSensitive": "boolean", "matchType": "MatchType", "value": "string"},
}

ENUMS: dict[str, tuple[str, ...]] = {
    "BlockedReason": (
        "BLOCKED_REASON_UNSPECIFIED",
        "NO_REVENUE_METRICS",
        "NO_COST_METRICS",
    ),
    "Compatibility": (
        "COMPATIBILITY_UNSPECIFIED",
        "COMPATIBLE",
        "INCOMPATIBLE",
    ),
    "DataTruncationType": (
        "DATA_TRUNCATION_TYPE_UNSPECIFIED",
        "DATA_TRUNCATION_TYPE_RULES_BASED_MODELS",
        "DATA_TRUNCATION_TYPE_DATA_DRIVEN_ATTRIBUTION",
        "DATA_TRUNCATION_TYPE_DV360",
        "DATA_TRUNCATION_TYPE_CM360",
        "DATA_TRUNCATION_TYPE_ITEM_SCOPED_ECOMMERCE_METRICS",
        "DATA_TRUNCATION_TYPE_EVENT_SCOPED_ECOMMERCE_METRICS",
        "DATA_TRUNCATION_TYPE_DATE_RANGE",
        "DATA_TRUNCATION_TYPE_PROPERTY",
        "DATA_TRUNCATION_TYPE_CONVERSIONS",
        "DATA_TRUNCATION_TYPE_GOOGLE_ADS",
    ),
    "Granularity": (
        "GRANULARITY_UNSPECIFIED",
        "DAILY",
        "WEEKLY",
        "MONTHLY",
    ),
    "MatchType": (
        "MATCH_TYPE_UNSPECIFIED",
        "EXACT",
        "BEGINS_WITH",
        "ENDS_WITH",
        "CONTAINS",
        "FULL_REGEXP",
        "PARTIAL_REGEXP",
    ),
    "MetricAggregation": (
        "METRIC_AGGREGATION_UNSPECIFIED",
        "TOTAL",
        "MINIMUM",
        "MAXIMUM",
        "COUNT",
    ),
    "MetricType": (
        "METRIC_TYPE_UNSPECIFIED",
        "TYPE_INTEGER",
        "TYPE_FLOAT",
        "TYPE_SECONDS",
        "TYPE_MILLISECONDS",
        "TYPE_MINUTES",
        "TYPE_HOURS",
        "TYPE_STANDARD",
        "TYPE_CURRENCY",
        "TYPE_FEET",
        "TYPE_MILES",
        "TYPE_METERS",
        "TYPE_KILOMETERS",
    ),
    "NumericOperation": (
        "OPERATION_UNSPECIFIED",
        "EQUAL",
        "LESS_THAN",
        "LESS_THAN_OR_EQUAL",
        "GREATER_THAN",
        "GREATER_THAN_OR_EQUAL",
    ),
    "OrderType": (
        "ORDER_TYPE_UNSPECIFIED",
        "ALPHANUMERIC",
        "CASE_INSENSITIVE_ALPHANUMERIC",
        "NUMERIC",
    ),
    "RestrictedMetricType": (
        "RESTRICTED_METRIC_TYPE_UNSPECIFIED",
        "COST_DATA",
        "REVENUE_DATA",
    ),
}

_INT64 = re.compile(r"-?(0|[1-9][0-9]{0,18})\Z")
_SCALARS: dict[str, type | tuple[type, ...]] = {
    "string": str,
    "boolean": bool,
    "int32": int,
    "double": (int, float),
    "int64": str,
}


def violations(schema: str, value: Any, at: str = "$") -> list[str]:
    """Everything in ``value`` that the discovery document does not allow of a ``schema``, each with its place."""
    if not isinstance(value, dict):
        return [f"{at}: {schema} should be an object, got {value!r}"]
    found = []
    for name, field in value.items():
        kind = SCHEMAS[schema].get(name)
        found += [f"{at}.{name}: unknown field of {schema}"] if kind is None else _wrong(kind, field, f"{at}.{name}")
    return found


def _wrong(kind: str, value: Any, at: str) -> list[str]:
    if kind.startswith("["):
        if not isinstance(value, list):
            return [f"{at}: should be a list, got {value!r}"]
        return [problem for n, item in enumerate(value) for problem in _wrong(kind[1:-1], item, f"{at}[{n}]")]
    if kind == "any":
        return [] if isinstance(value, dict) else [f"{at}: should be an object, got {value!r}"]
    if kind in ENUMS:
        return [] if value in ENUMS[kind] else [f"{at}: {value!r} is not a {kind}"]
    if kind in SCHEMAS:
        return violations(kind, value, at)
    right = isinstance(value, _SCALARS[kind]) and not (isinstance(value, bool) and kind != "boolean")
    if right and kind == "int64":
        right = _INT64.match(value) is not None
    if right and kind == "int32":
        right = -(2**31) <= value < 2**31
    return [] if right else [f"{at}: should be {kind}, got {value!r}"]
