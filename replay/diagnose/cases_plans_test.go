package diagnose

import "testing"

// TestTwoPlans has the codes that the two plans, and their dates, tell.
func TestTwoPlans(t *testing.T) { runCases(t, planCases) }

var planCases = []worldCase{
	{
		"two spellings of one instant", `
		0 connect
		0.5 version v5 took 5ms
		1.03 plan v5 took 30ms appointment:3=2026-11-28T10:00:00.000Z
		90 end
		server v5 settled appointment:3=28T10:00`, `
		verdict explained
		appointment:3 same-instant certain by nobody expected true
		appointment:3 rules out unhydrated: not all that differs
		appointment:3 rules out missed-delta: the two plans hold the same but for what is expected
		appointment:3 heals refresh`,
	},
	{
		"midnight is spelled 24", `
		no session
		file v5 appointment:3=2026-11-28T24:15:00+00:00
		server v5 appointment:3=28T00:15`, `
		verdict explained
		appointment:3 same-instant certain`,
	},
	{
		"a delta left the calendar's link out", `
		0 connect
		0.5 version v5 took 5ms
		1.03 plan v5 took 30ms bill:1=10;googleSync={"etag":"x"}
		2 deltas v6 bill:1=11;googleSync=null
		90 end
		server v6 settled bill:1=11;googleSync={"etag":"x"}`, `
		verdict explained
		bill:1 unhydrated certain by nobody expected true
		bill:1 rules out same-instant: not all that differs
		bill:1 heals refresh`,
	},
	{
		"another field differs beside the calendar's link", `
		0 connect
		0.5 version v5 took 5ms
		1.03 plan v5 took 30ms bill:1=10;googleSync={"etag":"x"} bill:2=1
		2 deltas v6 bill:2=2
		3 deltas v8 +bill:3=3
		90 end
		server v8 settled bill:1=11;googleSync={"etag":"y"} bill:2=2 bill:3=3`, `
		verdict desynced
		bill:1 missed-delta certain versions 7
		bill:1 rules out unhydrated: not all that differs
		bill:1 rules out same-instant: not all that differs`,
	},
	{
		"an appointment was moved beyond the dates", `
		0 connect
		0.5 version v5 took 5ms
		1.03 plan v5 took 30ms appointment:3=28T10:00
		2 deltas v6 appointment:3=12-28T10:00
		90 end
		server v6 settled`, `
		verdict explained
		appointment:3 outside-range certain by nobody expected true records 4
		appointment:3 rules out range-moved: the dates of the two plans do not tell it apart
		appointment:3 rules out missed-delta: no version above v6 is absent`,
	},
	{
		"midnight at the very end of the dates", `
		0 connect
		0.5 version v5 took 5ms
		1.03 plan v5 took 30ms bill:1=10
		2 deltas v6 +appointment:8=2026-12-04T24:00:00+00:00
		90 end
		server v6 settled bill:1=10`, `
		verdict explained
		appointment:8 outside-range certain`,
	},
	{
		"an appointment beyond the dates was cancelled", `
		0 connect
		0.5 version v5 took 5ms
		1.03 plan v5 took 30ms appointment:3=28T10:00 bill:1=10
		2 deltas v6 appointment:3=12-28T10:00
		3 deltas v8 bill:1=11
		90 end
		server v8 settled bill:1=11`, `
		appointment:3 one of outside-range,missed-delta,unknown
		appointment:3 not certain`,
	},
	{
		"an old bill is in the plan, however old", `
		0 connect
		0.5 version v5 took 5ms
		1.03 plan v5 took 30ms bill:1=10 bill:2=1;dueDate=2025-01-01T00:00:00.000Z
		2 deltas v6 bill:1=11
		3 deltas v8 +bill:3=3
		90 end
		server v8 settled bill:1=11 bill:3=3`, `
		verdict desynced
		bill:2 missed-delta certain versions 7
		bill:2 rules out outside-range: its dates lie inside those of the server's plan
		bill:2 rules out range-moved: its dates lie inside`,
	},
	{
		"a new day left an appointment behind", `
		0 connect
		0.5 version v5 took 5ms
		1.03 plan v5 took 30ms appointment:3=27T10:00 bill:1=10
		90000 end
		server v5 settled days 28 bill:1=10`, `
		verdict explained
		appointment:3 range-moved certain by nobody expected true
		appointment:3 rules out outside-range: it lay inside the dates of the cached plan
		appointment:3 heals refresh`,
	},
	{
		"a new day let an appointment in", `
		0 connect
		0.5 version v5 took 5ms
		1.03 plan v5 took 30ms bill:1=10
		90000 end
		server v5 settled days 28 bill:1=10 appointment:4=12-04T10:00;createdAt=2026-11-01T00:00:00.000Z`, `
		verdict explained
		appointment:4 range-moved certain expected true
		appointment:4 rules out outside-range: the server's plan has it`,
	},
	{
		"an appointment that a new day let in was made while the client was there", `
		client mobile
		0 connect
		0.1 version v5 took 5ms dated -50
		1.03 plan v5 took 30ms dated -50 bill:1=10
		19 version v5 took 5ms dated -50
		20 deltas v7 bill:1=11
		20.1 version v7 took 5ms dated 19.99
		90 end
		server v7 settled days 28 bill:1=11 appointment:4=12-04T10:00;createdAt=2026-11-27T09:00:19.950Z`, `
		verdict desynced
		appointment:4 one of missed-delta,unknown
		appointment:4 rules out range-moved: it was made after the plan of record 3 was read`,
	},
	{
		"a row was read before its version", `
		0 connect
		0.5 version v6 took 5ms
		1.03 plan v6 took 30ms bill:1=10
		90 end
		server v6 fenced bill:1=11`, `
		verdict inconclusive
		bill:1 half-written unknown by nobody records 3
		bill:1 leaves unversioned-change stands
		bill:1 heals next-change
		bill:1 never missed-delta,missed-while-offline,cache-edited,refresh-missed,refresh-raced,stale-overwrite`,
	},
	{
		"the version stood, and the content had changed", `
		0 connect
		0.5 version v6 took 5ms
		1.03 plan v6 took 30ms bill:1=10
		90 end
		server v6 settled bill:1=11`, `
		verdict desynced
		bill:1 unversioned-change ahead by database,emission records 3
		bill:1 leaves half-written remote
		bill:1 heals reconnect`,
	},
	{
		"the app has nothing to mend an unversioned change by", `
		client mobile
		0 connect
		0.5 version v6 took 5ms
		1.03 plan v6 took 30ms bill:1=10
		90 end
		server v6 settled bill:1=11`, `
		bill:1 unversioned-change ahead
		bill:1 heals never`,
	},
	{
		"a fenced plan differs from the delta of its version", `
		0 connect
		0.5 version v5 took 5ms
		1.03 plan v5 took 30ms bill:1=10
		2.03 deltas v6 bill:1=11
		90 end
		server v6 fenced bill:1=12`, `
		verdict inconclusive
		bill:1 one of payload-mismatch,unknown,half-written,unversioned-change
		bill:1 not certain`,
	},
	{
		"the server's own plan is older than what was heard", `
		0 connect
		0.5 version v5 took 5ms
		1.03 plan v5 took 30ms bill:1=10
		2 deltas v6 bill:1=11
		90 end
		server v5 settled bill:1=10`, `
		verdict desynced
		bill:1 answer-behind certain by network,api
		bill:1 rules out unknown: the session is whole`,
	},
	{
		"a saved plan is older than the session", `
		0 connect
		0.5 version v5 took 5ms
		1.03 plan v5 took 30ms bill:1=10
		2 deltas v6 bill:1=11
		90 end
		server v5 saved bill:1=10`, `
		verdict inconclusive
		bill:1 unknown unknown by recorder,nobody`,
	},
	{
		"a plan that would not hold still", `
		0 connect
		0.5 version v5 took 5ms
		1.03 plan v5 took 30ms bill:1=10 bill:2=1
		2 deltas v6 bill:2=2
		3 deltas v8 +bill:3=3
		90 end
		server v8 unstable bill:1=11 bill:2=2 bill:3=3`, `
		verdict inconclusive
		bill:1 one of missed-delta,half-written`,
	},
	{
		"the plans are of two recipients", `
		no session
		file v5 of 8 bill:1=10
		server v5 settled bill:1=11`, `
		verdict inconclusive
		bill:1 other-client unknown by nobody
		bill:1 leaves unknown stands
		bill:1 rules out missed-delta: the cache is the plan of recipient 8, the server's is that of recipient 7`,
	},
	{
		"without a session an older plan is behind", `
		no session
		file v5 bill:1=10
		server v9 settled bill:1=11`, `
		verdict behind
		bill:1 unknown unknown
		bill:1 rules out missed-delta: there is no session that could show it
		bill:1 heals poll`,
	},
	{
		"without a session plans of one version are judged by content", `
		no session
		file v9 bill:1=10
		server v9 settled bill:1=11`, `
		verdict desynced
		bill:1 unknown unknown
		bill:1 heals reconnect`,
	},
	{
		"without a session a newer plan tells nothing", `
		no session
		file v10 bill:1=10
		server v9 settled bill:1=11`, `
		verdict inconclusive
		bill:1 unknown unknown`,
	},
	{
		"without a session the dates may tell", `
		no session
		file v5 appointment:3=12-28T10:00
		server v9 settled`, `
		verdict explained
		appointment:3 outside-range likely expected true
		appointment:3 leaves unknown stands`,
	},
}
