// Package diagnose says why a cached plan differs from the server's: differences and a client's
// history in, causes out. It lists everything that could have happened, strikes what the evidence
// rules out, and is certain only of what is left alone.
//
// It must not know where sessions come from, how plans are fetched, nor how a cause is shown.
//
// # Evidence
//
// A [Timeline] is folded from the records of a client's session. Of every item it keeps the deltas
// that carried it, what the client's policy did with each, and what the plans told of it. Of the
// stream it keeps the versions that came, the connections, the refreshes that fell due, and the
// requests that were answered or failed. An item's JSON is not kept: a hash stands for it, which is
// equal for two items between which package diff finds nothing but what is expected.
//
// A [Case] adds the two plans, how the server's was read ([Fence]), and the database ([Tables])
// where that was asked. [Explain] freezes all of it in a view. A question is the view of one
// difference: the base is the record that brought what the cache holds, the carrier is the delta
// that brought what the server holds, and the span is the versions in which the change must lie.
//
// A recorder writes down what it got, in order. That is taken for granted, and so is that the plan
// records of a session are answers to its client; [NewTimelineBeside] is for a client beside whom
// somebody recorded. Records may be missing where lines cannot be read, numbers are skipped, the
// recorder says that it lost some, the recording was filtered, or it breaks off without an end.
//
// # Files
//
// A cache that is a file belongs to a session where one client held all of it after one record;
// [Timeline.Saved] looks for that place. What came later is not in the file. A file that equals an
// answer is the app's last refresh: its screen may have gone on. Where no place fits, the file is
// edited, of an app that began again, or another client's, unless it is vouched for.
//
// # Hypotheses
//
// A [Hypothesis] is one [Code] for one difference. A code is true where its sentence holds, and the
// difference would not be there without it. The table in hypotheses.go holds all of them, with
// their sentences and parties; the rule of each stands in a file of its own. Every hypothesis is
// examined for every difference, and its [Finding] has one of three standings:
//
//   - [RuledOut]: no history in which it is true leaves this evidence. The reason says why, and
//     names the records.
//   - [Remote]: such a history needs a rare event of which no record speaks: a table edited by
//     hand, a replica that lags.
//   - [Stands]: such a history exists.
//
// A finding that stands counts the events of its simplest history that nobody saw. A lost message
// between two that came needs none: the gap is in the records. Where coalescing explains the gap as
// well, it needs one. A reading that fell between a row and its version needs two. A hypothesis
// that stands only because the session does not show all needs more than any of these.
//
// # Links
//
// A delta that could not be used calls for a refresh. Where that refresh was missed, failed, raced
// or answered with less, both are true, and count as one: the cause is the last link, and the
// earlier ones are told in [Cause].Because. A link without a last one stands by itself.
//
// # Certainty and verdicts
//
// Those are ahead that take the fewest events that nobody saw. A cause is [Certain] where one
// hypothesis stands and the rest are ruled out or remote. It is [Likely] where others stand and one
// is ahead, where a remote one is all that is left, and for what is half-written. It is
// [CertaintyUnknown] where several are ahead. [Report.HoldUnder] lowers what is certain where another
// history that the evidence fits has another cause.
//
// The parties of a code are all that may be at fault. Its hypothesis names them, and a finding may
// know better. A message that is absent was lost on the way or never sent, and one client's session
// cannot tell which.
//
// The verdict counts those that are ahead. One difference of which all of them are faults makes the
// report [Desynced]. Where faults and expected ones are ahead together, or the evidence is open, it
// is [Inconclusive]. Where all changes lie above what the cache or the session can know, it is
// [Behind]. Where only what is expected is ahead, it is [Explained]. Without a session the versions
// of the two plans decide between desynced, behind and inconclusive.
//
// # Absent versions
//
// A version is absent where no delta brought it and an answer, or a higher version, shows that it
// was there. It may have been lost, or coalesced with a later delta of its tick, or it was a change
// of something else. Absent versions come in runs. Each run has the last record that knew less and
// the first that knew of it, and by these the stretches in which it may have been emitted: between
// two messages of one connection, next to a break, on a connection that carried nothing afterwards,
// in a break, before the session, or after all that it tells. The codes of absent versions ask for
// the runs of their stretches that lie in the item's span. Where a delta carried what the server
// holds, no absent version is the item's.
//
// An answer counts as far as it is known to be whole. It is where its version was known before it
// was asked for, or began before that by the server's own date. Else its rows may be older than its
// version, and what lies below that version may matter still. Where nobody measured how long an
// answer took, it may have been asked for at any time before it came.
//
// # Clocks
//
// The server dates the version of a plan by its own clock, the session counts from its start. A
// version that is dated and heard of bounds the offset between the two from one side, and a poll
// that did not know it yet from the other. Where two versions bear one date, or the bounds cross,
// the dates are of no use, and only the order of records counts.
//
// # Versions that begin again
//
// A restored database counts its versions anew. What was before explains nothing any more, and is
// let go of; the plan cache says how such an answer is known.
//
// # Agreements
//
// Who follows a client live tells when nothing differed but what is expected ([Timeline.Agreed]).
// That plan is the base of every item from then on, and the history before is let go of: it
// explains nothing that comes later, and a watch of weeks must not grow. The connection that is up
// stays, as do the clocks. An agreement with a plan that is older than what was heard proves
// nothing.
//
// # Laws
//
// Package campaign plays worlds in which the truth is known, and holds this package to two laws:
// what is true is never ruled out, and nothing else is certain. A new kind of trouble enters its
// model first; then a law breaks, and then a rule is mended.
package diagnose
