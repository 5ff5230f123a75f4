/** What the picker offers and gives: kinds of steps, and services with what they need prepared. */

import type { Api } from "../api";
import type { Offer } from "../contract";
import { NEW_KINDS, type NewKind, type Picked } from "../edits";
import { type Json, isObject } from "../json";
import { t } from "../texts";
import { begun } from "./form/shapes";
import { askService } from "./services";

export const ORIGINS: readonly Offer["origin"][] = ["project", "organization", "core", "subscribed", "public"];

export interface Entry { key: string; group: string; kind?: NewKind; offer?: Offer }

/** Kinds of steps that fit what is searched, then the services in the order of their origins. */
export function entriesOf(offers: readonly Offer[], wanted: string, withKinds: boolean): Entry[] {
  const words = wanted.trim().toLowerCase();
  const kinds = !withKinds ? [] : NEW_KINDS.filter((kind) => kind !== "call" && `${t(`kind.${kind}`)} ${t(`kind.${kind}_help`)} ${kind}`.toLowerCase().includes(words));
  const of = (origin: Offer["origin"]) => offers.filter((one) => one.origin === origin);
  return [
    ...kinds.map((kind): Entry => ({ key: kind, group: "kinds", kind })),
    ...ORIGINS.flatMap((origin) => of(origin).map((offer): Entry => ({ key: offer.uses, group: origin, offer }))),
  ];
}

const PATIENCE = 1_500;

/** The offer with its required inputs: defaults, constants, and inputs of the workflow that are called the same. */
export async function prepared(api: Api, offer: Offer, document: Json): Promise<Picked> {
  const late = new Promise<undefined>((resolve) => { setTimeout(() => resolve(undefined), PATIENCE); });
  const found = await Promise.race([askService(api, offer.uses), late]);
  if (found?.state !== "found") return offer;
  const inputs = isObject(document) && isObject(document["inputs"]) && isObject(document["inputs"]["properties"]) ? Object.keys(document["inputs"]["properties"]) : [];
  const value = begun({ ...found.service.shape, required: true }, inputs);
  return isObject(value) && Object.keys(value).length > 0 ? { ...offer, prepared: value } : offer;
}
