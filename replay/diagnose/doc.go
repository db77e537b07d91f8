// Package diagnose says why a cached plan differs from the server's: differences and a client's history in, causes out. It
// accuses only where the evidence leaves nothing else, and says unknown before it guesses.
//
// It must not know where sessions come from, how plans are fetched, nor how a cause is shown.
//
// # Evidence
//
// A [Timeline] is folded from the records of a client's session. For every item it knows the deltas that carried it, what
// the client's policy did with each, and the plans that held it; for the stream it knows which versions came, which are
// absent and whether there was a connection meanwhile (package versions), which refreshes were due, answered and failed.
//
// The base of an item is the last record that explains what the cache holds of it: a delta that was applied, or a plan
// that was read. What makes the item differ happened after the base's version, and not after the version of the server's
// plan: the span. A carrier is a delta in the item's history whose content is the server's.
//
// An item whose last change was coalesced with a later one of the same item still arrives, as that later delta. So where no
// carrier arrived, the change that matters is not a coalesced version but a lost one, among the absent versions of the
// span.
//
// # Causes
//
// The first that fits is the cause. "Certain" needs a session that is neither filtered nor cut off; without that, certain
// becomes likely. So does, for a stale item whose base is a delta, every cause that says that a later change was lost: the
// delta may have carried the wrong content from the start, which only a plan disproves.
//
// same-instant, unhydrated: all fields that differ are two spellings of an instant, or googleSync that a delta carried as
// null. Certain, expected, provable by the two plans.
//
// outside-range, range-moved: a ghost whose own dates put it outside the dates of the server's plan (range-moved where those
// dates have moved since the cached plan and the item was inside the old ones), or a missing item that the moved dates let
// in. Certain, expected. A ghost whose last delta is one that the server's plan is older than is no such case.
//
// cache-edited: the cache is a file, it differs from what its client's session says it should hold, and no record of the
// session ever carried what it holds. Certain.
//
// stale-overwrite: the carrier arrived and was applied, and a delta of a lower version was applied after it. Certain. Where there is
// no carrier, but the base is a delta of a lower version than what the client had seen before it: likely.
//
// refresh-raced: the carrier arrived while a plan was on its way, and the answer put what it held in the carrier's place.
// Certain where the answer's version is below the carrier's, likely where that is not known.
//
// unknown-entity, payload-missing, malformed: a delta of this item in the span could not be applied, be it that it overtook
// the base on the way, and no plan was read after it. Certain where no version of the span is absent, else likely. Where a refresh was tried for it and failed, the
// cause is refresh-failed.
//
// refresh-missed, refresh-failed: a refresh was due in the span for another cause (a plan delta, a poll), and no plan was
// requested after it; or was, and failed. Certain where no version of the span is absent, else likely.
//
// payload-mismatch: no version of the span is absent, none is a plan delta's, and the item's latest delta, which was
// applied, carried other content than the server's plan. Certain where that plan was read through a fence, else likely.
//
// missed-while-offline: absent versions of the span were emitted without a connection. Certain where all of them were,
// throughout their own span of time; likely where some perhaps were not.
//
// never-emitted: the absent versions of the span lie above every version that came, polls or plans prove that the server
// moved on in a connected stretch, and no delta came. Certain where two such proofs, one after the other in one connected
// stretch, moved without a delta between them; likely where only one did.
//
// missed-delta: absent versions of the span lie in a connected stretch, and a later one came. The item's change is one of
// them, since each change has a version of its own. Certain where the server's plan was read through a fence or one of them
// could not have been coalesced, and no delta of the span that names no item can have been the change; else likely.
package diagnose
