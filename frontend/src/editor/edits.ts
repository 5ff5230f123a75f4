/**
 * Edits: pure functions document → document with the JSON Pointer to look at afterwards, for `Store.change`. An edit that
 * cannot be done gives the document back as it was.
 */

export { everyStep } from "../flow/document";
export { addBranch, addCase, addElse, addHandler, moveCase, removeArm, renameBranch } from "./edits/arms";
export { NEW_KINDS, type NewKind, type Picked, insertNew } from "./edits/fresh";
export { ID, freshId, idFrom, renameId, takenIds } from "./edits/ids";
export { type Edited, type Place, listAt, ownerOf, placeOf, rootList, stepAround, stepAt } from "./edits/places";
export { copied, duplicate, insert, move, moveBy, moveIn, moveOut, paste, remove } from "./edits/placing";
export { turnedText } from "./edits/references";
export { WRAPPINGS, type Wrapping, changeKind, unwrap, wrap } from "./edits/shaping";
