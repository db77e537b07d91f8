package doctor

import "context"

// The names of the checks, in the order of a report.
const (
	checkProxy     = "proxy"
	checkDNS       = "dns"
	checkTCP       = "tcp"
	checkTLS       = "tls"
	checkHTTP      = "http"
	checkClock     = "clock"
	checkToken     = "token"
	checkREST      = "rest"
	checkPlan      = "plan"
	checkCache     = "cache"
	checkRole      = "role"
	checkWebSocket = "websocket"
	checkPolling   = "polling"
	checkUpgrade   = "upgrade"
	checkSocket    = "socket"
	checkAck       = "ack"
	checkPing      = "ping"
	checkDelta     = "delta"
)

// check is one row of the table.
type check struct {
	name  string
	asks  string   // the question that it answers, for people
	needs []string // a check that failed, or was not made, leaves this one out
	after []string // these are over before it begins, however they went
	run   func(*examination, context.Context) Line
}

// checks is the table. A check stands behind those that it names.
var checks = []check{
	{checkProxy, "is a proxy in use?", nil, nil, (*examination).checkProxy},
	{checkDNS, "does the name resolve?", []string{checkProxy}, nil, (*examination).checkDNS},
	{checkTCP, "does something listen there?", []string{checkDNS}, nil, (*examination).checkTCP},
	{checkTLS, "is the certificate good, and for how long?", []string{checkTCP}, nil, (*examination).checkTLS},
	{checkHTTP, "does it answer?", []string{checkTLS}, nil, (*examination).checkHTTP},
	{checkClock, "do the clocks agree?", []string{checkHTTP}, nil, (*examination).checkClock},
	{checkToken, "can the token be had, and when does it expire?", nil, []string{checkClock}, (*examination).checkToken},
	{checkREST, "does REST take the token?", []string{checkHTTP, checkToken}, nil, (*examination).checkREST},
	{checkPlan, "do the plan and its version agree?", []string{checkREST}, nil, (*examination).checkPlan},
	{checkCache, "did a cache on the way answer?", []string{checkHTTP}, []string{checkREST, checkPlan}, (*examination).checkCache},
	{checkRole, "is the user the plan's owner?", []string{checkREST}, []string{checkPlan}, (*examination).checkRole},
	{checkWebSocket, "does a WebSocket connect?", []string{checkHTTP, checkToken}, nil, (*examination).checkWebSocket},
	{checkPolling, "does polling connect?", []string{checkHTTP, checkToken}, nil, (*examination).checkPolling},
	{checkUpgrade, "can polling become a WebSocket?", []string{checkWebSocket, checkPolling}, nil, (*examination).checkUpgrade},
	{checkSocket, "does the socket take the token?", []string{checkHTTP, checkToken}, []string{checkWebSocket, checkPolling}, (*examination).checkSocket},
	{checkAck, "does the server greet, and how soon?", []string{checkSocket}, nil, (*examination).checkAck},
	{checkPing, "how long does a ping take?", []string{checkWebSocket}, nil, (*examination).checkPing},
	{checkDelta, "does a delta arrive?", []string{checkSocket}, []string{checkAck, checkRole}, (*examination).checkDelta},
}

// Check is a check by name, and the question that it answers.
type Check struct{ Name, Asks string }

// Checks lists the checks in the order of a report.
func Checks() []Check {
	list := make([]Check, len(checks))
	for i, c := range checks {
		list[i] = Check{c.name, c.asks}
	}
	return list
}
