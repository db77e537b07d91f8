package contract

import "slices"

// ruleID indexes the table of rules.
type ruleID uint8

const (
	jsonInvalid ruleID = iota
	jsonTooLarge
	jsonTooDeep
	jsonDuplicateName
	jsonInvalidUTF8
	jsonLoneSurrogate
	argsNotAList
	messageNotAnObject
	messageExtraArguments
	deltasNotAList
	deltasEmpty
	deltasTooMany
	deltaNotAnObject
	memberTypeWrong
	memberNull
	numberTooLarge
	numberNotPlain
	itemTypeMissing
	itemTypeUnknown
	entityIDMissing
	entityIDBelowOne
	planEntityNonzero
	planItemIDBelowOne
	actionMissing
	actionUnknown
	planAction
	versionMissing
	versionBelowOne
	versionRegressed
	versionDuplicate
	sourceMissing
	sourceUnknown
	dataMissing
	dataOnDeleted
	sectionMisplaced
	payloadTypeMismatch
	payloadExtra
	payloadIDMismatch
	payloadItemIDMismatch
	payloadFieldMissing
	payloadFieldNull
	payloadFieldType
	payloadTimeInvalid
	payloadDateNotMidnight
	payloadStatusUnknown
	ruleCount
)

// rules lists every rule in the order of its identifier: first what can be wrong
// with the JSON, then with the message, a delta, and a payload. Errors are what a
// client can be hurt by. Warnings are departures from the letter that servers
// are known to make (see the observed behaviour quoted with them), or that no
// client stumbles over.
var rules = [ruleCount]Rule{
	jsonInvalid: {
		"json-invalid", Error,
		"Carebase uses Socket.IO to push plan updates: the arguments of an event are JSON, whole and with nothing after it",
	},
	jsonTooLarge: {
		"json-too-large", Error,
		"`plan:item-delta` events describe the relevant mutations, without fetching the entire plan: an event is far below 64 MiB",
	},
	jsonTooDeep: {
		"json-too-deep", Error,
		"PlanItemDeltaPayload nests a handful of levels: more than 64 is not this payload, and common parsers refuse it",
	},
	jsonDuplicateName: {
		"json-duplicate-name", Error,
		"an interface has each of its members once: with a name twice, it depends on the reader which one counts",
	},
	jsonInvalidUTF8: {
		"json-invalid-utf8", Error,
		"the arguments of an event are JSON, and JSON is UTF-8 (RFC 8259, section 8.1)",
	},
	jsonLoneSurrogate: {
		"json-lone-surrogate", Warning,
		"a string is Unicode text: half of a surrogate pair, such as \\ud83d alone, is none (RFC 8259, section 8.2)",
	},
	argsNotAList: {
		"args-not-a-list", Error,
		"each user room receives `plan:item-delta` events: an event's arguments are a list",
	},
	messageNotAnObject: {
		"message-not-an-object", Error,
		"interface PlanItemDeltaPayload { deltas: PlanItemDelta[]; }: the event's first argument is an object",
	},
	messageExtraArguments: {
		"message-extra-arguments", Warning,
		"interface PlanItemDeltaPayload { deltas: PlanItemDelta[]; }: the event has this one argument",
	},
	deltasNotAList: {
		"deltas-not-a-list", Error,
		"deltas: PlanItemDelta[]; is required, and a list",
	},
	deltasEmpty: {
		"deltas-empty", Warning,
		"`plan:item-delta` events describe the relevant mutations: there is at least one",
	},
	deltasTooMany: {
		"deltas-too-many", Error,
		"when we cannot provide a granular delta (e.g. batch operations), a synthetic `plan` delta is emitted: one message holds at most 131072 deltas",
	},
	deltaNotAnObject: {
		"delta-not-an-object", Error,
		"deltas: PlanItemDelta[]; and PlanItemDelta is an object",
	},
	memberTypeWrong: {
		"member-type-wrong", Error,
		"interface PlanItemDelta gives each member its type: strings, integers, and objects for `data` and its payloads",
	},
	memberNull: {
		"member-null", Warning,
		"optional members of PlanItemDelta are left out when there is nothing to say; null is not among their types",
	},
	numberTooLarge: {
		"number-too-large", Error,
		"entityId: number; planItemId?: number; version?: number; are whole numbers that a JavaScript client can hold exactly (to 2^53-1)",
	},
	numberNotPlain: {
		"number-not-plain", Warning,
		"entityId, planItemId and version are integers, and written as such: digits, without fraction, exponent or a minus before 0",
	},
	itemTypeMissing: {
		"item-type-missing", Error,
		"itemType: the resource that changed; it is required",
	},
	itemTypeUnknown: {
		"item-type-unknown", Error,
		"itemType: 'appointment' | 'bill' | 'plan'",
	},
	entityIDMissing: {
		"entity-id-missing", Error,
		"entityId: number; is required",
	},
	entityIDBelowOne: {
		"entity-id-below-one", Error,
		"entityId: the appointment/bill primary key; those count from 1",
	},
	planEntityNonzero: {
		"plan-entity-nonzero", Warning,
		"entityId: `0` for `plan` deltas (a collaborator change is known to carry the recipient's id)",
	},
	planItemIDBelowOne: {
		"plan-item-id-below-one", Warning,
		"planItemId: optional `items.id`; those count from 1",
	},
	actionMissing: {
		"action-missing", Error,
		"action: CRUD indicator; it is required",
	},
	actionUnknown: {
		"action-unknown", Error,
		"action: 'created' | 'updated' | 'deleted'",
	},
	planAction: {
		"plan-action", Error,
		"action: always `updated` for `plan` deltas",
	},
	versionMissing: {
		"version-missing", Warning,
		"version: latest `users.plan_version` at emit time; its type is optional, yet every emission comes with a version bump",
	},
	versionBelowOne: {
		"version-below-one", Error,
		"all CRUD mutations emit deltas alongside the plan version bump: the first bump makes it 1",
	},
	// An error, though servers that do nothing wrong can trip it: where several processes emit to a
	// room, the message of version 12 may overtake that of 11 on its way, and where two mutations run
	// at once, the later one may emit first. Still 11 is not the latest version once 12 has been told,
	// and the shipped app, which applies what comes as it comes, is left with the older state. A
	// stream does not show who was overtaken by whom, so the finding says what came behind what, and
	// accuses nobody.
	versionRegressed: {
		"version-regressed", Error,
		"version: latest `users.plan_version` at emit time, use to order deltas; apply incoming deltas in order: no message carries a version below one that came in an earlier message (within a message they need not be sorted)",
	},
	versionDuplicate: {
		"version-duplicate", Warning,
		"deltas are emitted alongside the plan version bump: a version that came in an earlier message does not come again",
	},
	sourceMissing: {
		"source-missing", Warning,
		"source: hints at the origin; its type is optional, and the fallback `plan` delta of a bulk job, which carries no data, is of none of the four",
	},
	sourceUnknown: {
		"source-unknown", Warning,
		"source?: 'rest' | 'collaborator' | 'google' | 'inbound'",
	},
	dataMissing: {
		"data-missing", Error,
		"clients fall back to a silent refresh when required payload (`data`) is missing for a `created`/`updated` action",
	},
	dataOnDeleted: {
		"data-on-deleted", Warning,
		"data: normalized payload when available; deltas with action `deleted` carry none",
	},
	sectionMisplaced: {
		"section-misplaced", Warning,
		"when `itemType` is `plan`, `data.section` may indicate which feature should refresh; other deltas have none",
	},
	payloadTypeMismatch: {
		"payload-type-mismatch", Error,
		"data: normalized payload of the resource that changed: data.appointment for an appointment, data.bill for a bill",
	},
	payloadExtra: {
		"payload-extra", Warning,
		"data: normalized payload of the resource that changed, and of no other",
	},
	payloadIDMismatch: {
		"payload-id-mismatch", Error,
		"entityId: the appointment/bill primary key: the payload's `id` is the same",
	},
	payloadItemIDMismatch: {
		"payload-item-id-mismatch", Error,
		"planItemId: optional `items.id` for cross-referencing: the payload's `itemId` is the same",
	},
	payloadFieldMissing: {
		"payload-field-missing", Warning,
		"data: normalized payload (`toAppointmentPayload`/`toBillPayload`): every field of AppointmentPayload or BillPayload is there (older builds are still in the wild)",
	},
	payloadFieldNull: {
		"payload-field-null", Warning,
		"data: normalized payload: id, itemId, summary, icsToken, startLocal, endLocal, createdAt and status are never null",
	},
	payloadFieldType: {
		"payload-field-type", Error,
		"data: normalized payload (`toAppointmentPayload`/`toBillPayload`): each field has its type; amount, for one, is a number or null",
	},
	payloadTimeInvalid: {
		"payload-time-invalid", Error,
		"data: normalized payload: times and dates are RFC 3339, with an offset or Z (servers write the hour of midnight as 24)",
	},
	payloadDateNotMidnight: {
		"payload-date-not-midnight", Warning,
		"data: normalized payload: statementDate and dueDate are UTC midnights",
	},
	payloadStatusUnknown: {
		"payload-status-unknown", Error,
		"data: normalized payload: a bill's status is todo, overdue or paid",
	},
}

// Rules lists every rule that a Finding can name. The caller owns the list.
func Rules() []Rule {
	return slices.Clone(rules[:])
}

// finding makes a finding of a rule. delta is -1 for the message itself.
func finding(id ruleID, delta int, message string) Finding {
	return Finding{Rule: rules[id].Name, Severity: rules[id].Severity, Delta: delta, Message: message}
}
