// Package witness asks the database itself what a plan holds: the third witness beside a client's
// cache and the API. It reads the plan as a Carebase server would build it, whose plan it is, and
// which of its rows are newer than its version. What follows from that is for package diagnose to
// say.
//
// It must not know how it was asked, nor how the outcome is shown. It only reads: one transaction,
// read only, at repeatable read, so that the plan and its version are of one moment (the API's are
// not).
//
// # The plan
//
// A user reads the plan of the recipient that they own, else of one that they accepted to
// collaborate on: where there are several, of the one that is asked for, or of the last. Its
// version is that of the owner. Appointments are those that start within the dates, bills those due
// before they end, however old and whatever their status, or at no date, collaborators those that
// accepted and, for the owner, those who are invited.
//
// # What the database does not settle
//
// Where it is written nowhere whether a plan shows a row, the row accuses nobody of showing it or
// leaving it out: a bill that is due on the day in the middle of which the dates end, an item in
// review or turned down, an invitation that was taken back or that a collaborator reads. The same
// holds for what the tables do not tell (googleSync, fields that are newer than this package or
// than the server, who is shown an invitation's token), and for parts of a second.
package witness
