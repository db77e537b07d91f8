package diagnose

import "testing"

// TestFiles has the codes of a cache that is a file, and of a session that does not show all.
func TestFiles(t *testing.T) { runCases(t, fileCases) }

var fileCases = []worldCase{
	{
		"the file is the phone's last refresh", `
		client mobile
		0 connect
		0.5 version v5 took 5ms
		1.03 plan v5 took 30ms bill:1=10 bill:2=1
		2 deltas v6 bill:1=11
		3 deltas v7 bill:2=2
		90 end
		file v5 bill:1=10 bill:2=1
		server v7 settled bill:1=11 bill:2=2`, `
		verdict explained
		bill:1 saved-earlier certain by nobody expected true records 3,4
		bill:2 saved-earlier certain by nobody expected true records 3,5
		bill:1 rules out missed-delta: the client's screen holds what the server does
		bill:1 rules out cache-edited: the whole file is what this client held
		bill:1 rules out other-client: the whole file is what this client held
		bill:1 rules out restarted: nothing shows that the client began again
		bill:1 heals restart`,
	},
	{
		"the file is the last refresh, and nothing brought the change", `
		client mobile
		0 connect
		0.5 version v5 took 5ms
		1.03 plan v5 took 30ms bill:1=10 bill:2=1
		2 deltas v6 bill:2=2
		3 deltas v8 +bill:3=3
		90 end
		file v5 bill:1=10 bill:2=1
		server v8 settled bill:1=11 bill:2=2 bill:3=3`, `
		bill:2 saved-earlier certain
		bill:3 saved-earlier certain
		bill:1 missed-delta likely versions 7
		bill:1 leaves after-the-end stands
		bill:1 rules out saved-earlier: nothing behind the answer of record 3 carried the change`,
	},
	{
		"the file is the screen", `
		0 connect
		0.5 version v5 took 5ms
		1.03 plan v5 took 30ms bill:1=10 bill:2=1
		2 deltas v6 bill:2=2
		3 deltas v8 +bill:3=3
		90 end
		file v8 bill:1=10 bill:2=2 bill:3=3
		server v8 settled bill:1=11 bill:2=2 bill:3=3`, `
		verdict desynced
		bill:1 missed-delta certain versions 7
		bill:1 rules out saved-earlier: the file equals no answer of the session
		bill:1 rules out cache-edited: the whole file is what this client held after record 6`,
	},
	{
		"what the file holds was never carried", `
		same client
		0 connect
		0.5 version v5 took 5ms
		1.03 plan v5 took 30ms bill:1=10 bill:2=1
		2 deltas v6 bill:2=2
		90 end
		file v6 bill:1=99 bill:2=2
		server v6 settled bill:1=10 bill:2=2`, `
		verdict desynced
		bill:1 cache-edited ahead by client
		bill:1 rules out other-client: it is vouched for
		bill:1 rules out restarted: nothing shows that the client began again`,
	},
	{
		"nobody vouches for the file", `
		client mobile
		0 connect
		0.5 version v5 took 5ms
		1.03 plan v5 took 30ms bill:1=10 bill:2=1
		2 deltas v6 bill:2=2
		90 end
		file v6 bill:1=99 bill:2=2
		server v6 settled bill:1=10 bill:2=2`, `
		bill:1 one of other-client,cache-edited,unknown
		bill:1 not certain`,
	},
	{
		"the session is of another device", `
		client mobile
		0 connect
		0.5 version v5 took 5ms
		1.03 plan v5 took 30ms bill:1=10 bill:2=1
		2 deltas v6 bill:2=2
		90 end
		file v6 bill:1=4 bill:2=2 bill:3=7 bill:4=8
		server v6 settled bill:1=10 bill:2=2`, `
		verdict inconclusive
		bill:1 other-client likely by nobody
		bill:3 other-client likely
		bill:4 other-client likely
		bill:1 leaves cache-edited stands`,
	},
	{
		"the app began again from its file", `
		client mobile
		same client
		0 connect
		0.5 version v5 took 5ms
		1.03 plan v5 took 30ms bill:1=10 bill:2=1
		2 deltas v6 bill:1=11
		3 disconnect transport close
		4 connect
		5 deltas v7 bill:2=2
		90 end
		file v7 bill:1=10 bill:2=2
		server v7 settled bill:1=11 bill:2=2`, `
		verdict desynced
		bill:1 restarted ahead by client
		bill:1 rules out cache-edited: record 3 carried what the cache holds
		bill:1 heals restart`,
	},
	{
		"a raced answer is what the file holds", `
		client mobile
		0 connect
		0.5 version v5 took 5ms
		1.03 plan v5 took 30ms bill:1=10
		2.03 deltas v6 plan
		2.08 deltas v7 bill:1=21
		2.13 plan v6 took 100ms bill:1=20
		90 end
		file v6 bill:1=20
		server v7 settled bill:1=21`, `
		verdict desynced
		bill:1 refresh-raced ahead by client records 5,6
		bill:1 rules out cache-edited: the whole file`,
	},
	{
		"a portal emptied the file", `
		client mobile
		0 connect
		1.03 plan v5 took 30ms bill:1=10
		2 deltas v6 bill:1=11
		3.03 plan portal took 200ms
		90 end
		file
		server v6 settled bill:1=11`, `
		bill:1 never missed-delta,missed-while-offline,cache-edited,refresh-missed,refresh-raced,stale-overwrite`,
	},
	{
		"somebody recorded beside the phone, and read the plan again", `
		client mobile
		beside
		0.3 connect
		0.5 version v5 took 5ms
		0.7 plan v5 took 30ms bill:1=10 bill:2=1
		4 disconnect transport close
		4.5 refused
		8 connect
		8.1 plan v7 took 50ms bill:1=11 bill:2=2
		12 deltas v8 +bill:3=3
		14 disconnect io client disconnect
		14 end
		file v8 bill:1=10 bill:2=1 bill:3=3
		server v8 saved bill:1=11 bill:2=2 bill:3=3`, `
		verdict desynced
		bill:1 missed-while-offline likely by client
		bill:2 missed-while-offline likely by client`,
	},
	{
		"the recording began late and holds no plan", `
		client mobile
		5 deltas v11 bill:2=2
		6 deltas v13 bill:2=3
		90 end
		file v13 bill:1=10 bill:2=3
		server v13 settled bill:1=11 bill:2=3`, `
		bill:1 one of missed-delta,missed-while-offline,unknown,other-client,saved-earlier
		bill:1 not certain`,
	},
	{
		"the recording was filtered", `
		header filter=bill
		0 connect
		0.5 version v5 took 5ms
		1.03 plan v5 took 30ms bill:1=10
		3 deltas v7 bill:1=11
		90 end
		server v8 settled bill:1=12`, `
		verdict inconclusive
		bill:1 not certain
		bill:1 leaves unknown stands`,
	},
	{
		"numbers are left out", `
		0 connect
		0.5 version v5 took 5ms
		1.03 plan v5 took 30ms bill:1=10 bill:2=1
		2 deltas v6 bill:2=2
		gap 1
		3 deltas v8 bill:2=3
		90 end
		server v8 settled bill:1=11 bill:2=3`, `
		bill:1 not certain
		bill:1 leaves unknown stands`,
	},
	{
		"numbers are left out by a planted fault: the client did not get them", `
		header faults=drop
		0 connect
		0.5 version v5 took 5ms
		1.03 plan v5 took 30ms bill:1=10 bill:2=1
		2 deltas v6 bill:2=2
		gap 1
		3 deltas v8 +bill:3=3
		90 end
		server v8 settled bill:1=11 bill:2=2 bill:3=3`, `
		verdict desynced
		bill:1 missed-delta certain versions 7`,
	},
	{
		"a line cannot be read", `
		0 connect
		0.5 version v5 took 5ms
		1.03 plan v5 took 30ms bill:1=10 bill:2=1
		2 deltas v6 bill:2=2
		damaged
		3 deltas v8 +bill:3=3
		90 end
		server v8 settled bill:1=11 bill:2=2 bill:3=3`, `
		bill:1 not certain
		bill:1 leaves unknown stands`,
	},
	{
		"the recording lost records", `
		0 connect
		0.5 version v5 took 5ms
		1.03 plan v5 took 30ms bill:1=10 bill:2=1
		2 deltas v6 bill:2=2
		3 deltas v8 +bill:3=3
		90 end lost 3
		server v8 settled bill:1=11 bill:2=2 bill:3=3`, `
		bill:1 not certain
		bill:1 leaves unknown stands`,
	},
	{
		"another part of the recording follows", `
		0 connect
		0.5 version v5 took 5ms
		1.03 plan v5 took 30ms bill:1=10
		90 end rotated
		server v6 settled bill:1=11`, `
		bill:1 not certain
		bill:1 leaves unknown stands`,
	},
	{
		"the session holds no plan", `
		0 connect
		2 deltas v6 +bill:2=2
		90 end
		server v6 settled bill:1=11 bill:2=2`, `
		bill:1 not certain
		bill:1 leaves unknown stands`,
	},
	{
		"the recorder stopped while the server went on", `
		0 connect
		0.5 version v5 took 5ms
		1.03 plan v5 took 30ms bill:1=10 bill:2=1
		2 deltas v7 bill:2=2
		3 disconnect io client disconnect
		3 end for
		server v40 saved bill:1=12 bill:2=9`, `
		bill:1 one of after-the-end,missed-while-offline,unknown
		bill:2 one of after-the-end,missed-while-offline,unknown
		bill:1 never certain missed-while-offline`,
	},
	{
		"nobody knows when the first plan was asked for", `
		client mobile
		0.5 connect
		1 plan v6 bill:1=10 bill:2=1
		2 deltas v8 bill:2=2
		90 end
		server v8 settled bill:1=11 bill:2=2`, `
		verdict desynced
		bill:1 one of missed-while-offline,missed-delta,unknown
		bill:1 not certain`,
	},
	{
		"a poll that nobody timed spans a break", `
		0 connect
		0.5 version v6 dated -10
		1 plan v6 dated -10 bill:1=10
		20 disconnect transport close
		23 version v6 dated -10
		24 version v7 dated 19
		90 end
		server v7 settled dated 19 bill:1=11`, `
		bill:1 never certain missed-while-offline`,
	},
	{
		"versions began again, and what was before explains nothing", `
		0 connect
		0.5 version v50 took 5ms
		1 plan v50 took 30ms bill:1=10 bill:2=1
		2 deltas v51 bill:2=2
		2.5 disconnect transport close
		2.8 connect
		3 version v2 took 5ms
		4 plan v2 took 30ms bill:1=10 bill:2=1
		5 deltas v3 bill:2=2
		6 deltas v5 +bill:3=3
		90 end
		server v5 settled bill:1=11 bill:2=2 bill:3=3`, `
		verdict desynced
		bill:1 missed-delta ahead versions 4`,
	},
	{
		"what was missed after an agreement is found", `
		0 connect
		0.5 version v5 took 5ms
		1 plan v5 took 30ms bill:1=10 bill:2=1
		2 deltas v7 bill:1=11
		agreed v7 bill:1=11 bill:2=1
		3 deltas v8 bill:2=2
		4 deltas v10 +bill:3=3
		live
		server v10 settled bill:1=12 bill:2=2 bill:3=3`, `
		verdict desynced
		bill:1 missed-delta certain versions 9`,
	},
	{
		"an agreement forgets what was before it", `
		0 connect
		0.5 version v5 took 5ms
		1 plan v5 took 30ms bill:1=10 bill:2=1
		2 deltas v7 bill:1=11, plan
		agreed v7 bill:1=11 bill:2=1
		live
		server v7 settled bill:1=12 bill:2=1`, `
		verdict desynced
		bill:1 unversioned-change ahead
		bill:1 rules out missed-delta: no version above v7 is absent
		bill:1 rules out refresh-missed: no refresh`,
	},
	{
		"an agreement with an older plan proves nothing", `
		0 connect
		0.5 version v5 took 5ms
		1 plan v5 took 30ms bill:1=10 bill:2=1
		2 deltas v6 bill:2=2
		3 deltas v8 +bill:3=3
		agreed v7 bill:1=10 bill:2=2 bill:3=3
		live
		server v8 settled bill:1=11 bill:2=2 bill:3=3`, `
		verdict desynced
		bill:1 missed-delta certain versions 7`,
	},
}
