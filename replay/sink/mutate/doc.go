// Package mutate is the sink that turns deltas into the REST mutations that make a server emit them
// itself.
//
// # What is expressed
//
// One mutation at a time, in order; the deltas of a message in the order of their versions.
//
//   - An update is a PATCH of the fields that changed against what is known of the item: the session's first plan and the
//     deltas that the target has taken since (an item that the first plan lacks is compared with what the target has).
//     In a session that is taken up in the middle, it is compared with what the target has then.
//     Values keep their bytes, but for the hour of midnight, which a server spells 24 and takes as 00. An owner's PATCH has no
//     status: where that changed to paid, mark-paid follows.
//   - A deletion is a DELETE.
//   - A delta of source collaborator is made with the contributor's token, where there is one, and carries the one field
//     that contributors may change.
//   - A delta that says that collaborators changed says not how: it is held until the session's next plan tells, and
//     becomes invitations (again, for one that was renewed) and acceptances, the latter with the contributor's token.
//   - A bill that a person made (created, source rest) comes from the approval of a review; where the caller says which
//     review of the target it is (IDs.Reviews), it is approved.
//
// # What is not
//
// It is told as Unfit, with the reason, and never guessed: items that e-mail or a calendar made or
// changed; other creations; deltas that say that something changed, and not what (bulk jobs,
// pending reviews, a missing payload); fields that PATCH does not take (what the server derives of
// them, as the offset of a time zone, is none), and values (another status of an owner's; no due
// date, note, location or amount; a negative amount; a page that is not behind https); and
// everything about an item that is not known to be on the target. The target is not known to have
// what it did not take: the next delta of the same item carries it again.
//
// # Which item it is
//
// An item of the session is one of the target's, as its /api/plan shows them at the start, where
// (the session being taken up in the middle, as it is there)
//
//  1. the caller says so (IDs), or else
//  2. both have one icsToken, or taskKey, that no other item of either has, or else
//  3. both have the same id and itemId, and the same createdAt or content, or else
//  4. both have the same content, which no other item of either has; the ids differ.
//
// The content of an appointment is its summary and the instant of startLocal; that of a bill at
// least two of amount, dueDate and payUrl. What several items could be is none of them.
// collaborators are the same where the e-mail address is.
//
// The package must not know when records are due, nor what goes wrong with them on purpose.
package mutate
