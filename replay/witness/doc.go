// Package witness asks the database itself what a plan holds: the third witness beside a client's cache and the API. It reads
// the plan as a Carebase server would build it, and rules, item by item, which of the three is wrong.
//
// It must not know how it was asked, nor how the outcome is shown. It only reads: one transaction, read only, at
// repeatable read, so that the plan and its version are of one moment (the API's are not).
//
// # The plan
//
// A user reads the plan of the recipient that they own, else of one that they accepted to collaborate on: where there are
// several, of the one that is asked for, or of the last. Its version is that of the owner. Appointments are those that start
// within the dates, bills those due within or before them or at no date, collaborators those that accepted and, for the
// owner, those who are invited.
//
// # What the database does not settle
//
// Where it is written nowhere whether a plan shows a row, the row accuses nobody of showing it or leaving it out: a bill that
// was due before the dates and is not marked overdue (is "overdue" a date or a status?), one that is marked overdue and due
// after them, one that is due on the day in the middle of which the dates end, an item in review or turned down, an invitation
// that was taken back or that a collaborator reads. The same holds for what the tables do not tell (googleSync, fields that
// are newer than this package or than the server, who is shown an invitation's token), and for parts of a second.
//
// # Rulings
//
// Where the API and the database agree, the API is right. The emission is wrong if a delta carried other content than the
// database held at that version (payload-mismatch), came without the content (payload-missing, malformed), was not sent
// (never-emitted), or did not reach a client that was connected (missed-delta: not sent, or lost on the way); else the client is. Where the API and the database differ, the API is wrong, whatever the client holds. Nobody
// is wrong where the difference is expected. Nothing is ruled on where the database was read at another version than the API
// (then both are to be read again), where the API's plan would not hold still, and where only a row that settles nothing could
// decide. Without an API the client is held against the database alone.
package witness
