package diagnose

import "testing"

// TestClientsDoing has the codes of what a client made of what came: refreshes, deltas that it could not use, old ones over newer ones.
func TestClientsDoing(t *testing.T) { runCases(t, clientCases) }

var clientCases = []worldCase{
	{
		"a bulk job called for a refresh that was not made", `
		client mobile
		0 connect
		0.5 version v5 took 5ms
		1.03 plan v5 took 30ms bill:1=10
		2 deltas v6 plan
		90 end
		server v6 settled bill:1=11`, `
		verdict desynced
		bill:1 refresh-missed certain by client records 4 versions 6
		bill:1 rules out refresh-failed: no refresh that would have brought it failed
		bill:1 rules out refresh-raced: no answer took the place
		bill:1 rules out missed-delta: no version above v5 is absent
		bill:1 rules out after-the-end: no version above v5 is absent
		bill:1 rules out payload-missing: no delta of the item came without it
		bill:1 rules out unknown-entity: the client had the item
		bill:1 rules out malformed: every delta of the item could be read`,
	},
	{
		"the creation and the bulk job that deleted it came in one message", `
		client mobile
		0 connect
		0.5 version v5 took 5ms
		1.03 plan v5 took 30ms bill:1=10
		2.03 deltas v6 +bill:3=3, v7 plan
		90 end
		server v7 settled bill:1=10`, `
		verdict desynced
		bill:3 refresh-missed likely by client records 4 versions 7
		bill:3 leaves payload-mismatch stands`,
	},
	{
		"an absent version that coalescing explains proves no loss", `
		client mobile
		0 connect
		0.5 version v5 took 5ms
		1.03 plan v5 took 30ms bill:1=10 bill:2=2
		2.03 deltas v6 +bill:3=3, v7 plan
		3.03 deltas v9 bill:2=4
		90 end
		server v9 settled bill:1=10 bill:2=4`, `
		verdict desynced
		bill:3 refresh-missed likely records 4`,
	},
	{
		"sections take each other's place", `
		0 connect
		0.5 version v5 took 5ms
		1.03 plan v5 took 30ms bill:1=10 collaborator:1=accepted
		2.03 deltas v7 bill:1=11, v8 plan pending-reviews
		90 end
		server v8 settled bill:1=11 collaborator:1=accepted collaborator:2=pending`, `
		verdict desynced
		collaborator:2 one of refresh-missed,missed-delta,unknown
		collaborator:2 never certain missed-delta,unknown`,
	},
	{
		"an older server calls for a refresh and sends no deltas", `
		0 connect
		0.5 version v5 took 5ms
		1.03 plan v5 took 30ms bill:1=10
		2 event plan:update
		3 version v6 took 5ms
		4 event plan:update
		5 version v7 took 5ms
		90 end
		server v7 settled bill:1=11`, `
		verdict desynced
		bill:1 refresh-missed likely
		bill:1 never certain missed-while-deaf`,
	},
	{
		"a refresh fell due in the last moment", `
		client mobile
		0 connect
		0.5 version v5 took 5ms
		1.03 plan v5 took 30ms bill:1=10
		2.03 deltas v6 plan
		2.04 end
		server v6 settled bill:1=11`, `
		bill:1 one of refresh-missed,unknown,after-the-end
		bill:1 not certain`,
	},
	{
		"a refresh was made, and the answer knows", `
		client mobile
		0 connect
		0.5 version v5 took 5ms
		1.03 plan v5 took 30ms bill:1=10 bill:2=1
		2 deltas v6 plan
		2.2 plan v6 took 30ms bill:1=10 bill:2=2
		3 deltas v8 bill:2=3
		90 end
		server v8 settled bill:1=11 bill:2=3`, `
		verdict desynced
		bill:1 missed-delta certain versions 7
		bill:1 rules out refresh-missed: no refresh that would have brought it was left unmade`,
	},
	{
		"a refresh was tried and failed", `
		client mobile
		0 connect
		0.5 version v5 took 5ms
		1.03 plan v5 took 30ms bill:1=10
		2 deltas v6 plan
		2.2 plan failed took 50ms
		2.9 plan failed took 50ms
		4.1 plan failed took 50ms
		90 end
		server v6 settled bill:1=11`, `
		verdict desynced
		bill:1 refresh-failed certain by network,api records 4,7 versions 6
		bill:1 rules out refresh-missed: the refresh was tried, record 7`,
	},
	{
		"a portal answered for the server", `
		client mobile
		0 connect
		0.5 version v5 took 5ms
		1.03 plan v5 took 30ms bill:1=10
		2 deltas v6 plan
		2.2 plan portal took 100ms
		90 end
		server v6 settled bill:1=11`, `
		verdict desynced
		bill:1 refresh-failed certain by network,api records 5
		bill:1 never missed-delta,refresh-missed,refresh-raced,stale-overwrite`,
	},
	{
		"an answer that was asked for before overwrote a delta", `
		client mobile
		0 connect
		0.5 version v5 took 5ms
		1.03 plan v5 took 30ms bill:1=10
		2.03 deltas v6 plan
		2.08 deltas v7 bill:1=21
		2.13 plan v6 took 100ms bill:1=20
		90 end
		server v7 settled bill:1=21`, `
		verdict desynced
		bill:1 refresh-raced certain by client records 5,6 versions 7
		bill:1 leaves answer-behind remote
		bill:1 rules out stale-overwrite: did not come as a delta`,
	},
	{
		"an answer that was asked for afterwards was not raced", `
		client mobile
		0 connect
		0.5 version v5 took 5ms
		1.03 plan v5 took 30ms bill:1=10
		2.03 deltas v6 bill:1=21
		2.5 deltas v7 plan
		2.8 plan v5 took 100ms bill:1=10
		90 end
		server v7 settled bill:1=21`, `
		verdict desynced
		bill:1 answer-behind certain by network,api
		bill:1 rules out refresh-raced: the plan of record 6 was asked for after v6 had come`,
	},
	{
		"a refresh was answered with less than what called for it", `
		client mobile
		0 connect
		0.5 version v1 took 5ms
		1.03 plan v1 took 30ms bill:1=10 bill:2=1
		2 deltas v2 bill:1=11
		10 deltas v3 plan
		10.3 plan v1 took 200ms bill:1=10 bill:2=1
		90 end
		server v3 settled bill:1=11 bill:2=2`, `
		verdict desynced
		bill:1 answer-behind certain by network,api
		bill:2 answer-behind certain by network,api
		bill:2 never refresh-raced,refresh-missed,missed-delta,stale-overwrite`,
	},
	{
		"a delta came without its item, and no refresh was made", `
		client mobile
		0 connect
		0.5 version v5 took 5ms
		1.03 plan v5 took 30ms bill:1=10
		2 deltas v6 bill:1
		90 end
		server v6 settled bill:1=11`, `
		verdict desynced
		bill:1 refresh-missed certain by client records 4 versions 6
		bill:1 because payload-missing`,
	},
	{
		"a delta came without its item, and the refresh failed", `
		client mobile
		0 connect
		0.5 version v5 took 5ms
		1.03 plan v5 took 30ms bill:1=10
		2 deltas v6 bill:1
		2.2 plan failed took 50ms
		90 end
		server v6 settled bill:1=11`, `
		verdict desynced
		bill:1 refresh-failed certain by network,api records 4,5
		bill:1 because payload-missing`,
	},
	{
		"the file breaks off behind a delta without its item", `
		client mobile
		0 connect
		0.5 version v5 took 5ms
		1.03 plan v5 took 30ms bill:1=10
		2.03 deltas v6 bill:1
		cut
		server v6 settled bill:1=11`, `
		bill:1 one of payload-missing,unknown,refresh-missed,after-the-end
		bill:1 not certain`,
	},
	{
		"a change of an item that the client never had", `
		0 connect
		0.5 version v5 took 5ms
		1.03 plan v5 took 30ms bill:1=10
		2 deltas v6 bill:2=2
		2 version v6 took 5ms
		90 end
		server v6 settled bill:1=10 bill:2=2`, `
		verdict desynced
		bill:2 refresh-missed certain by client records 4
		bill:2 because unknown-entity`,
	},
	{
		"the app takes a change of an item that it never had", `
		client mobile
		0 connect
		0.5 version v5 took 5ms
		1.03 plan v5 took 30ms bill:1=10
		2 deltas v6 bill:2=2
		2 version v6 took 5ms
		90 end
		server v6 settled bill:1=10 bill:2=2`, `
		verdict in-sync`,
	},
	{
		"a message whose deltas were no list", `
		0 connect
		0.5 version v5 took 5ms
		1.03 plan v5 took 30ms bill:1=10 bill:2=1
		2 unreadable
		3 deltas v7 +bill:3=2
		90 end
		server v7 settled bill:1=11 bill:2=1 bill:3=2`, `
		bill:1 refresh-missed likely by client records 4
		bill:1 because malformed`,
	},
	{
		"an action that is not in the contract", `
		0 connect
		0.5 version v5 took 5ms
		1.03 plan v5 took 30ms bill:1=10
		2 deltas v6 ?bill:1=11
		90 end
		server v6 settled bill:1=11`, `
		bill:1 refresh-missed certain by client records 4
		bill:1 because malformed`,
	},
	{
		"the app takes an action that is not in the contract", `
		client mobile
		0 connect
		0.5 version v5 took 5ms
		1.03 plan v5 took 30ms bill:1=10
		2 deltas v6 ?bill:1=11
		90 end
		server v6 settled bill:1=11`, `
		verdict in-sync`,
	},
	{
		"the app finds an item whose id is a text", `
		client mobile
		0 connect
		0.5 version v5 took 5ms
		1.03 plan v5 took 30ms bill:1=10
		2 deltas v6 bill:1=11;id="1"
		90 end
		server v6 settled bill:1=11`, `
		bill:1 never malformed`,
	},
	{
		"the app applied an old delta over a newer one", `
		client mobile
		0 connect
		0.5 version v5 took 5ms
		1.03 plan v5 took 30ms bill:1=10
		2 deltas v7 bill:1=12
		3 deltas v6 bill:1=11
		90 end
		server v7 settled bill:1=12`, `
		verdict desynced
		bill:1 stale-overwrite certain by client records 4,5 versions 6,7
		bill:1 rules out payload-mismatch: record 4`,
	},
	{
		"the delta was newer than all that the client had", `
		client mobile
		0 connect
		0.5 version v5 took 5ms
		1.03 plan v5 took 30ms bill:1=10
		2 deltas v6 bill:1=12
		3 deltas v7 bill:1=11
		90 end
		server v7 settled bill:1=12`, `
		verdict desynced
		bill:1 payload-mismatch unknown by network,emission records 5 versions 7
		bill:1 leaves unversioned-change stands
		bill:1 rules out stale-overwrite: v7, record 5, was newer than all`,
	},
	{
		"a delta carried what the server never held", `
		client mobile
		0 connect
		0.5 version v5 took 5ms
		1.03 plan v5 took 30ms bill:1=10
		2 deltas v6 bill:1=12
		90 end
		server v6 settled bill:1=10`, `
		bill:1 one of payload-mismatch,unversioned-change
		bill:1 leaves payload-mismatch stands
		bill:1 rules out answer-behind: no answer lacks what was known`,
	},
	{
		"a wrong date came with the item's last delta", `
		client mobile
		0 connect
		0.5 version v5 took 5ms
		1.03 plan v5 took 30ms appointment:3=28T10:00 bill:2=2
		2.03 deltas v6 appointment:3=29T10:00
		3.03 deltas v8 bill:2=4
		90 end
		server v8 settled bill:2=4`, `
		verdict desynced
		appointment:3 one of missed-delta,payload-mismatch,unknown
		appointment:3 not certain`,
	},
}
