package diagnose

// examineNeverEmitted: the server sent nothing. It holds only where the emission side was heard:
// its own record, or a second client of the same room on the same server at that time. A session of
// one client, and a database, say nothing of it.
func (q *question) examineNeverEmitted() Finding {
	return q.ruledOut(NeverEmitted, say("nothing was heard from the server's side of the emission, so nobody can say that it sent nothing"))
}
