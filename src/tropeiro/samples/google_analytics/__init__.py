"""The sample project: two private services and one public automation over the Google Analytics Data API."""
