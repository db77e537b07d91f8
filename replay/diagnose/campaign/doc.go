// Package campaign is the yardstick of package diagnose: made-up worlds, in which it is known why a cached plan differs from
// the server's.
//
// A world is a [Script]: what happens at the server, on the way, in the client and in the recorder. [Play] plays it, always
// alike, and leaves [Evidence], which is all that deltatap gets to see. [Judge] tells the truth about each difference. It
// plays the script again without one trouble after the other: a trouble is a cause where the difference would not be there
// without it, and the trouble's code is true where the code's sentence holds, too.
//
// It must not import what it judges: plancache, fold, diff, versions and diagnose. It has a client and a server of its own,
// written from the documents. A client that shares a bug with its judge would agree with it.
package campaign
