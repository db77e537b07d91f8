package tap

import (
	"crypto/sha256"
	"encoding/hex"
	"strconv"
	"testing"

	"github.com/carebase/deltatap/fixtures/node/nodetest"
)

// The official client gets from the official server what that has sent, byte for byte and in order.
func TestInteropStreamsAreEqual(t *testing.T) {
	const count = 3000
	for _, test := range []struct{ transports, below string }{{"websocket", ""}, {"polling", ""}, {"polling,websocket", ""}, {"polling,websocket", "/care"}} {
		transports := test.transports
		t.Run(transports+test.below, func(t *testing.T) {
			server := nodetest.StartServer(t, "--sum", "--token", "right", "--path", test.below+"/socket.io")
			address := before(t, server.URL+test.below, Config{})
			app := nodetest.Start(t, "client.mjs", "--url", address, "--transports", transports, "--token", "right", "--count", strconv.Itoa(count))
			app.Await("state")
			server.Tell("emit " + strconv.Itoa(count))
			sum := sha256.New()
			for got := 0; got < count; {
				line := app.Await("event")
				if line.Text("event") == "plan:item-delta" {
					got++
					sum.Write(line["args"])
					sum.Write([]byte{'\n'})
				}
			}
			server.Tell("sum")
			if sent := server.Await("sha256"); sent.Text("sha256") != hex.EncodeToString(sum.Sum(nil)) || int(sent.Number("count")) != count {
				t.Errorf("%v were sent, and the sums differ", sent.Number("count"))
			}
		})
	}
}

// A refusal is the server's, and so is the end of a connection.
func TestInteropStatesAreTheServers(t *testing.T) {
	server := nodetest.StartServer(t, "--token", "right")
	address := before(t, server.URL, Config{})
	wrong := nodetest.Start(t, "client.mjs", "--url", address, "--transports", "websocket", "--token", "wrong")
	if line := wrong.Await("state"); line.Text("message") != "Unauthorized" {
		t.Errorf("state %v", line)
	}
	app := nodetest.Start(t, "client.mjs", "--url", address, "--transports", "websocket", "--token", "right")
	app.Await("sid")
	for command, reason := range map[string]string{"drop": "transport close", "restart 50": "transport close"} {
		server.Tell(command)
		if line := app.Await("reason"); line.Text("reason") != reason {
			t.Errorf("%s: %v", command, line)
		}
		app.Await("sid") // it is there again
	}
	server.Tell("disconnect")
	if line := app.Await("reason"); line.Text("reason") != "io server disconnect" {
		t.Errorf("state %v", line)
	}
}
