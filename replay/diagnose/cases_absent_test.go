package diagnose

import "testing"

// TestAbsentVersions has the codes of versions that no delta brought.
func TestAbsentVersions(t *testing.T) { runCases(t, absentCases) }

var absentCases = []worldCase{
	{
		"a version is lost between two that came", `
		0 connect
		0.5 version v5 took 5ms
		1.03 plan v5 took 30ms bill:1=10 bill:2=1
		2 deltas v6 bill:2=2
		3 deltas v8 +bill:3=3
		90 end
		server v8 settled bill:1=11 bill:2=2 bill:3=3`, `
		verdict desynced
		bill:1 missed-delta certain by network,emission records 4,5 versions 7
		bill:1 rules out missed-while-offline: connected from 09:00:00 to the end
		bill:1 rules out missed-while-deaf: deltas came later on the same connection
		bill:1 rules out after-the-end: the server dates the change before the end
		bill:1 rules out payload-mismatch: the plan of record 3 had
		bill:1 rules out not-addressed: deltas came to this client, record 5
		bill:1 rules out never-emitted: nothing was heard from the server's side
		bill:1 rules out stale-overwrite: did not come as a delta
		bill:1 rules out cache-edited: what the session itself tells
		bill:1 rules out unknown: the session is whole
		bill:1 leaves half-written remote
		bill:1 leaves unversioned-change remote
		bill:1 heals reconnect`,
	},
	{
		"the app heals at its next start only", `
		client mobile
		0 connect
		0.5 version v5 took 5ms
		1.03 plan v5 took 30ms bill:1=10 bill:2=1
		2 deltas v6 bill:2=2
		3 deltas v8 +bill:3=3
		90 end
		server v8 settled bill:1=11 bill:2=2 bill:3=3`, `
		verdict desynced
		bill:1 missed-delta certain
		bill:1 heals never`,
	},
	{
		"coalescing explains the absent version as well as a loss does", `
		0 connect
		0.5 version v5 took 5ms
		1.03 plan v5 took 30ms bill:1=10 bill:2=1
		2 deltas v6 bill:2=2
		3 deltas v8 bill:2=3
		90 end
		server v8 saved bill:1=11 bill:2=3`, `
		bill:1 missed-delta likely versions 7`,
	},
	{
		"a delta brought what the server holds and was let pass as old", `
		0 connect
		0.5 version v5 took 5ms
		1.03 plan v5 took 30ms bill:1=10 bill:2=1
		2 deltas v6 bill:2=2
		3 plan v9 took 100ms bill:1=11 bill:2=2
		3.01 deltas v8 bill:1=12, v9 bill:2=3
		4 end
		server v9 settled bill:1=12 bill:2=3`, `
		verdict desynced
		bill:1 answer-behind certain by network,api records 5,6 versions 8,9
		bill:1 rules out missed-delta: what the server holds came with v8, record 6
		bill:1 rules out missed-while-offline: came with v8
		bill:1 rules out missed-while-deaf: came with v8
		bill:1 rules out half-written: came with v8
		bill:1 rules out unversioned-change: came with v8
		bill:1 never stale-overwrite,payload-mismatch,refresh-missed,malformed`,
	},
	{
		"a version passed while there was no connection", `
		client mobile
		0 connect
		0.5 version v5 took 5ms
		1.03 plan v5 took 30ms bill:1=10 bill:2=1
		2 deltas v6 bill:2=2
		3 disconnect transport close
		13 connect
		14 deltas v8 bill:2=3
		15 end
		server v8 settled dated 13.5 bill:1=11 bill:2=3`, `
		bill:1 missed-while-offline likely by client versions 7 records 4,7`,
	},
	{
		"dates put a version into the break", `
		client mobile
		0 connect
		0.1 version v5 took 5ms dated -50
		1.03 plan v5 took 30ms dated -50 bill:1=10 bill:2=1
		2 deltas v6 bill:2=2
		2.1 version v6 took 5ms dated 1.99
		3 disconnect transport close
		13 connect
		15 end
		server v7 settled dated 8 bill:1=11 bill:2=2`, `
		verdict desynced
		bill:1 missed-while-offline certain by client versions 7
		bill:1 rules out missed-delta: no version is absent between two
		bill:1 rules out missed-while-deaf: deltas came later
		bill:1 rules out after-the-end: the server dates the change before the end`,
	},
	{
		"what came before and after a break is contiguous", `
		client mobile
		0 connect
		0.5 version v5 took 5ms
		1.03 plan v5 took 30ms bill:1=10 bill:2=1
		2 deltas v6 bill:2=2
		3 disconnect transport close
		13 connect
		14 deltas v7 bill:2=3
		15 deltas v9 +bill:3=3
		16 end
		server v9 settled bill:1=11 bill:2=3 bill:3=3`, `
		verdict desynced
		bill:1 missed-delta certain versions 8
		bill:1 rules out missed-while-offline: was emitted on a connection`,
	},
	{
		"a connection carried nothing, and REST moved on", `
		0 connect
		0.5 version v5 took 5ms
		1.03 plan v5 took 30ms bill:1=10
		5 version v6 took 5ms
		9 version v7 took 5ms
		30 disconnect ping timeout
		31 end
		server v7 settled bill:1=11`, `
		bill:1 one of missed-while-deaf,refresh-missed`,
	},
	{
		"the app's connection carried nothing more", `
		client mobile
		0 connect
		0.5 version v5 took 5ms
		1.03 plan v5 took 30ms bill:1=10
		5 version v6 took 5ms
		9 version v7 took 5ms
		30 disconnect ping timeout
		31 end
		server v7 settled bill:1=11`, `
		verdict desynced
		bill:1 missed-while-deaf likely by network,emission versions 6,7
		bill:1 rules out missed-while-offline: what is absent was emitted on a connection
		bill:1 leaves missed-delta stands`,
	},
	{
		"all that is missed lies above the session", `
		0 connect
		0.5 version v5 took 5ms
		1.03 plan v5 took 30ms bill:1=10
		2 deltas v6 bill:1=11
		3 disconnect io client disconnect
		3 end
		server v9 settled dated 60 bill:1=12`, `
		bill:1 one of after-the-end,missed-while-deaf`,
	},
	{
		"the clocks show that the change came after the end", `
		0 connect
		0.1 version v5 took 5ms dated -50
		1.03 plan v5 took 30ms dated -50 bill:1=10 bill:2=1
		2 deltas v6 bill:2=2
		2.1 version v6 took 5ms dated 1.99
		3 disconnect io client disconnect
		3 end
		server v7 settled dated 60 bill:1=11 bill:2=2`, `
		verdict behind
		bill:1 after-the-end certain by nobody versions 7
		bill:1 rules out missed-delta: no version is absent between two
		bill:1 rules out missed-while-deaf: deltas came later`,
	},
	{
		"a collaborator's room gets no delta", `
		header user=9
		client mobile
		0 connect
		0.5 version v5 took 5ms
		1.03 plan v5 took 30ms bill:1=10 collaborator:2=accepted;userId=9
		9 version v7 took 5ms
		10 end
		server v7 settled bill:1=11 collaborator:2=accepted;userId=9`, `
		verdict desynced
		bill:1 not-addressed certain by emission
		bill:1 rules out missed-while-deaf: whose room gets no delta by design`,
	},
	{
		"an invited collaborator who has not accepted is none", `
		header user=9
		client mobile
		0 connect
		0.5 version v5 took 5ms
		1.03 plan v5 took 30ms bill:1=10 collaborator:2=invited;userId=9
		5 version v6 took 5ms
		9 version v7 took 5ms
		30 disconnect ping timeout
		31 end
		server v7 settled bill:1=11 collaborator:2=invited;userId=9`, `
		bill:1 missed-while-deaf likely
		bill:1 leaves not-addressed stands`,
	},
	{
		"deltas came to a collaborator of another plan", `
		header user=9
		0 connect
		0.5 version v5 took 5ms
		1.03 plan v5 took 30ms bill:1=10 bill:2=1 collaborator:2=accepted;userId=9
		2 deltas v6 bill:2=2
		3 deltas v8 +bill:3=1
		90 end
		server v8 settled bill:1=11 bill:2=2 bill:3=1 collaborator:2=accepted;userId=9`, `
		verdict desynced
		bill:1 missed-delta certain versions 7
		bill:1 rules out not-addressed: deltas came to this client, record 5`,
	},
}
