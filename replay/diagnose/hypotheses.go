package diagnose

// Hypothesis is one way in which a difference may have come about. Documentation, help and printers
// read this table.
type Hypothesis struct {
	Code     Code
	Happened string  // what happened, in one sentence that starts with no capital and has no full stop
	Family   string  // what that means for a family, in words that a customer understands
	Parties  []Party // all that may be at fault
	Expected bool    // nothing is wrong
	Rare     bool    // the event is so rare that it is remote as long as no record speaks of it
	Silent   bool    // it may leave no record where the session does not show all

	examine func(*question) Finding
}

// Hypotheses are all there are, in the order in which equals are told. The table is not to be
// changed.
func Hypotheses() []Hypothesis { return hypotheses }

// Of finds the hypothesis of a code. A code that there is not has none of a hypothesis's words.
func Of(code Code) *Hypothesis {
	if i, ok := byCode[code]; ok {
		return &hypotheses[i]
	}
	return &Hypothesis{Code: code, Parties: []Party{Nobody}}
}

var (
	hypotheses []Hypothesis
	byCode     map[Code]int
)

func init() {
	hypotheses = listHypotheses()
	byCode = make(map[Code]int, len(hypotheses))
	for i := range hypotheses {
		byCode[hypotheses[i].Code] = i
	}
}

func listHypotheses() []Hypothesis {
	client, nobody, onTheWay := []Party{Client}, []Party{Nobody}, []Party{Network, Emission}
	return []Hypothesis{
		{
			Code: SameInstant, Parties: nobody, Expected: true, examine: (*question).examineSameInstant,
			Happened: "the two plans spell one instant in two ways",
			Family:   "The time is the same; it is only written differently.",
		},
		{
			Code: Unhydrated, Parties: nobody, Expected: true, examine: (*question).examineUnhydrated,
			Happened: "only a field differs that deltas never carry filled",
			Family:   "The entry is right. A detail of the calendar link is filled in at the next refresh.",
		},
		{
			Code: OutsideRange, Parties: nobody, Expected: true, examine: (*question).examineOutsideRange,
			Happened: "the item lies outside the dates of the server's plan",
			Family:   "The entry is right. It is of other days than the ones that the plan shows now.",
		},
		{
			Code: RangeMoved, Parties: nobody, Expected: true, examine: (*question).examineRangeMoved,
			Happened: "the dates of the server's plan have moved past the item",
			Family:   "A new day has begun, and the phone still shows the days as they were. A refresh brings the new ones.",
		},
		{
			Code: SavedEarlier, Parties: nobody, Expected: true, Silent: true, examine: (*question).examineSavedEarlier,
			Happened: "the file equals an earlier answer, and a later record carried the change",
			Family:   "The file is the phone's last full refresh. The screen has shown the change since.",
		},
		{
			Code: NotAddressed, Parties: []Party{Emission}, examine: (*question).examineNotAddressed,
			Happened: "the user is a collaborator, and deltas go to the owner's room alone",
			Family:   "Shared plans are not updated at once. The person sees changes when the app reads the plan again.",
		},
		{
			Code: MissedDelta, Parties: onTheWay, Silent: true, examine: (*question).examineMissedDelta,
			Happened: "its version is absent from a connected stretch, and no delta that arrived carried its content",
			Family:   "One update never reached the phone although it was connected, so it still shows the old entry.",
		},
		{
			Code: MissedWhileOffline, Parties: client, Silent: true, examine: (*question).examineMissedWhileOffline,
			Happened: "its version was emitted in a period without a connection",
			Family:   "The entry was changed while the phone had no connection, and the app did not catch up.",
		},
		{
			Code: MissedWhileDeaf, Parties: onTheWay, Silent: true, examine: (*question).examineMissedWhileDeaf,
			Happened: "the connection looked up and carried nothing",
			Family:   "The phone believed that it was connected, but nothing came through any more.",
		},
		{
			Code: NeverEmitted, Parties: []Party{Emission}, examine: (*question).examineNeverEmitted,
			Happened: "the server's version moved on, the emission side was heard, and it sent nothing",
			Family:   "The server changed the entry and told no phone of it.",
		},
		{
			Code: StaleOverwrite, Parties: client, Silent: true, examine: (*question).examineStaleOverwrite,
			Happened: "an older version was applied over a newer one",
			Family:   "An old update came late, and the app put it over the newer one.",
		},
		{
			Code: RefreshRaced, Parties: client, Silent: true, examine: (*question).examineRefreshRaced,
			Happened: "the answer of a refresh overwrote newer deltas",
			Family:   "While the app was refreshing, a change came in, and the answer that was already on its way put the old entry back.",
		},
		{
			Code: AnswerBehind, Parties: []Party{Network, API}, Silent: true, examine: (*question).examineAnswerBehind,
			Happened: "/api/plan answered with less than its version, or than the client had",
			Family:   "The phone asked for the plan and was given an older copy of it.",
		},
		{
			Code: RefreshFailed, Parties: []Party{Network, API}, Silent: true, examine: (*question).examineRefreshFailed,
			Happened: "a refresh was due, was tried, and failed",
			Family:   "The phone wanted to refresh, and that did not work. It shows what it had before.",
		},
		{
			Code: RefreshMissed, Parties: client, Silent: true, examine: (*question).examineRefreshMissed,
			Happened: "a refresh was due and did not happen",
			Family:   "The phone was told to refresh and did not.",
		},
		{
			Code: PayloadMissing, Parties: onTheWay, Silent: true, examine: (*question).examinePayloadMissing,
			Happened: "the delta came without the item, and nothing made up for it",
			Family:   "The phone was told that the entry had changed, but not to what.",
		},
		{
			Code: UnknownEntity, Parties: client, Silent: true, examine: (*question).examineUnknownEntity,
			Happened: "the delta was of an item that the client did not have, and nothing made up for it",
			Family:   "The phone got a change of an entry that it had never seen, and could not use it.",
		},
		{
			Code: Malformed, Parties: onTheWay, Silent: true, examine: (*question).examineMalformed,
			Happened: "the delta was none that a client could apply, and nothing made up for it",
			Family:   "The update for the entry was damaged, and the phone could not use it.",
		},
		{
			Code: PayloadMismatch, Parties: onTheWay, Silent: true, examine: (*question).examinePayloadMismatch,
			Happened: "the delta of the server's own version carried other content",
			Family:   "The phone was sent something else than the server holds.",
		},
		{
			Code: CacheEdited, Parties: client, examine: (*question).examineCacheEdited,
			Happened: "no record explains what the cache holds",
			Family:   "The phone's copy holds something that was never sent to it.",
		},
		{
			Code: Restarted, Parties: client, examine: (*question).examineRestarted,
			Happened: "the app began again from its saved file",
			Family:   "The app was started again and showed its last saved copy.",
		},
		{
			Code: OtherClient, Parties: nobody, examine: (*question).examineOtherClient,
			Happened: "the cache is not of the client whose session it is held against",
			Family:   "The recording is of another phone, so it cannot explain this one.",
		},
		{
			Code: AfterTheEnd, Parties: nobody, Silent: true, examine: (*question).examineAfterTheEnd,
			Happened: "the change is above all that the session or the file can know",
			Family:   "The entry was changed after the copy was made. The phone may well show it by now.",
		},
		{
			Code: HalfWritten, Parties: nobody, examine: (*question).examineHalfWritten,
			Happened: "a row was read before its version was bumped",
			Family:   "The entry was being changed at that very moment. Look again in a few seconds.",
		},
		{
			Code: UnversionedChange, Parties: []Party{Database, Emission}, Rare: true, examine: (*question).examineUnversionedChange,
			Happened: "the server's content changed, its version did not, and nobody was told",
			Family:   "The entry was changed behind the server's back, so no phone was told.",
		},
		{
			Code: Unknown, Parties: []Party{Recorder, Nobody}, examine: (*question).examineUnknown,
			Happened: "the evidence lacks what would tell",
			Family:   "The recording does not show what happened.",
		},
	}
}
