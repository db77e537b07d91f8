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
// plan: the span. A carrier is a delta in the item's history whose content is the server's, or that took the item out of the
// server's plan.
//
// An item whose last change was coalesced with a later one of the same item still arrives, as that later delta. So where no
// carrier arrived, the change that matters is not a coalesced version but a lost one, among the absent versions of the
// span.
//
// The session of a client whose cache is a file is only looked at as far as the cache's own version: what came later is not
// in the file. Where the plans are of two recipients, or the server's is older than what the client had of the item, nothing is
// a cause of anything, and all is unknown. So is what rests on absent versions in a filtered session, or where something
// that cannot be read is in their place. Where the server's
// versions began again (the plan cache says how that is known), what came before that is forgotten.
//
// # Agreements
//
// Who follows a client live and holds its plan against the server's now and then tells when nothing differed but what is expected
// ([Timeline.Agreed]). From then on that plan is the base of every item that no later record changed, and what was before is let go of:
// it explains nothing that comes later, and a watch of weeks must not grow. A delta that comes late, of no later version than that plan's,
// was in it. What only one of the two plans held, as was to be expected, is not known to have been the same on both sides: nothing is
// certain of it. What is kept of before is, of each item, the delta that brought what both held; the latest message, since a connection on
// which deltas came is not a silent one; the one of the highest version; and whether the clocks agreed.
//
// # The database
//
// Where it was asked at the version of the server's plan, it tells what the API should have answered. Where the two differ, the API
// answers something else than it should, and that is ahead of what is said of the client. Where they agree, the server's plan is
// not behind. The age of a row tells whether it was written after its version, and the access of the user whether deltas are addressed to
// them. It never tells what was sent, so that it makes no client wrong, and nothing sent by nobody. At another version it decides nothing.
//
// # Moments
//
// When a version was emitted is known where a plan or version answer of that very version told its planUpdatedAt, by the
// server's clock. Else it lies between the last record that knew less, and the first that knew of it, and is told so.
//
// # Causes
//
// The first that fits is the cause. "Certain" needs a session that is neither filtered nor cut off, and that lacks no record: without
// that, certain becomes likely. So does, for a stale item whose base is a delta, every cause that only says that a later change was lost:
// the delta may have carried the wrong content from the start, which only a plan disproves. So does every cause but
// stale-overwrite where a delta that is the base came after one of a later version. So do the causes of
// more items than there are absent versions for them. And so does, where the server's plan was
// not read through a fence, every cause that rests on no record of the item itself: such a plan may hold items that are newer
// than its version.
//
// same-instant, unhydrated: all fields that differ are two spellings of an instant, or googleSync, which deltas only carry
// as null. Certain, expected, provable by the two plans.
//
// outside-range, range-moved: a ghost whose own dates put it outside the dates of the server's plan (range-moved where those
// dates have moved since the cached plan and the item was inside the old ones), or a missing item that the moved dates let
// in. Certain, expected. A ghost whose last delta deleted it is no such case. A bill that was due before the dates and is not
// marked overdue is likely such a ghost, where the server's plan holds no other that is so, no plan of these dates held it, and, if it
// is not paid, no version of the span was lost: that may have been its deletion. One that coalescing explains was none: what it was
// coalesced with would have come. Where one was lost, it is no more than likely to have been that.
//
// cache-edited: the cache is a file, and differs from what its client's session says it should hold. Certain where no record
// of the session ever carried what it holds; likely where a record did, and the client gave it up before it had seen the
// version that the cache is of. Where a delta did that the client would not have applied, by the rules that it is taken to
// follow, it is no such case: the app may follow others.
//
// stale-overwrite: the carrier arrived and was applied, and a delta of a lower version was applied after it. Certain. Where there is
// no carrier, but the base is a delta of a lower version than what the client had seen before it: likely.
//
// refresh-raced: the carrier arrived and was applied, and a plan that was answered after it put what it held in the carrier's
// place; no later delta changed the item, and no later plan is as new as the carrier. Certain where the plan was asked for
// before, or not known when, and its version is below the carrier's; likely where only the order of arrival speaks for it. A
// plan that was asked for after the carrier had come is no such case.
//
// unknown-entity, payload-missing, malformed: a delta of this item in the span could not be applied, no other of its version or a
// later one was, and no plan was read after it that knew its version. Certain where that delta is the carrier, or the server's plan
// was read through a fence, nothing above the delta is absent, and none came after it that names no item; else likely. An unknown
// entity may be one whose creation was lost, and is certain only where no version of the span is absent. Where a refresh was tried
// for it and failed, the cause is refresh-failed.
//
// refresh-missed, refresh-failed: a delta of the span that names no item, and whose section may hold this one, called for a
// refresh, and no plan was requested after it; or was, and failed. Certain where no version of the span is absent, else
// likely. A poll that is ahead is no such call: why it is ahead is the cause.
//
// payload-mismatch: no version of the span is absent, none is a plan delta's, and the item's latest delta, which was
// applied, carried other content than the server's plan. Certain where that plan was read through a fence, else likely.
//
// missed-while-offline: absent versions of the span were emitted without a connection. Certain where all of them were,
// throughout their own span of time; likely where some perhaps were not. Versions above all that the session knows of are
// likely such where it ends offline, where the server does not date them behind a gap that nothing was heard after, or its
// client itself ended it; where it ends without a word, they are unknown.
//
// never-emitted: the absent versions of the span lie above every version that came, polls or plans prove that the server
// moved on in a connected stretch, and no delta came. Certain where two such proofs, one after the other in one connected
// stretch in which no delta ever came, moved on; likely where only one did, or where deltas came before: the last ones may
// then have been lost. Likely, too, where the server dates its version into a connected stretch that was over before the
// plan was read, or where its plan is ahead of a connection that is still up.
//
// Of several kinds of absent versions the one with the most of them is the likeliest; those that coalescing may explain count
// little, and those that were not emitted when the item was created, as its createdAt tells, do not count.
//
// missed-delta: absent versions of the span lie in a connected stretch, and a later one came. The item's change is one of
// them, since each change has a version of its own. Certain where the server's plan was read through a fence or one of them
// could not have been coalesced, no delta of the span that names no item can have been the change, and a plan that is the
// base was asked for under a connection; else likely.
package diagnose
