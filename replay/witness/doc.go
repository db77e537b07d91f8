// Package witness asks the database itself what a plan holds: the third witness beside a client's cache and the API. It reads
// the plan as a Carebase server would build it, and rules, item by item, which of the three is wrong.
//
// It must not know how it was asked, nor how the outcome is shown. It only reads: one transaction, read only, at
// repeatable read, so that the plan and its version are of one moment (the API's are not).
//
// # The plan
//
// A user reads the plan of the recipient that they own, else of the one that they last accepted to collaborate on. Its
// version is that of the owner. Appointments are those that start within the dates, bills those due before their end or at no
// date. What the tables do not tell is left out: googleSync.
//
// # Rulings
//
// Where the API and the database agree, the API is right. The emission is wrong if a delta carried other content than the
// database held at that version (payload-mismatch), came without the content (payload-missing, malformed), or was not sent
// (never-emitted); else the client is. Where the API and the database differ, the API is wrong, whatever the client holds. Nobody
// is wrong where the difference is expected. Nothing is ruled on where the database was read at another version than the API:
// then both are to be read again.
package witness
