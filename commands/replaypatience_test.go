package commands

import (
	"net"
	"strings"
	"testing"
	"time"
)

// What the environment says of patience goes for every target. A server that takes a connection and says nothing is waited for as long as
// that, and no longer.
func TestTargetsAreWaitedForAsTheEnvironmentSays(t *testing.T) {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { listener.Close() })
	for _, scheme := range []string{"redis", "postgres"} {
		env := map[string]string{"DELTATAP_TIMEOUT": "200ms", "DELTATAP_TO": scheme + "://" + listener.Addr().String() + "/0"}
		began := time.Now()
		code, said := replayed(t, env)
		if took := time.Since(began); code != ExitUnreachable || took > 8*time.Second {
			t.Errorf("%s: exit %d after %v: %s", scheme, code, took, said)
		}
		env["DELTATAP_TIMEOUT"] = "soon"
		if code, said := replayed(t, env); code != ExitUsage || !strings.HasPrefix(said, "deltatap: DELTATAP_TIMEOUT: not a duration\nhint: ") {
			t.Errorf("%s: exit %d: %s", scheme, code, said)
		}
		if code, said := replayed(t, env, "--timeout", "200ms"); code != ExitUnreachable {
			t.Errorf("%s: a flag does not beat the environment: exit %d: %s", scheme, code, said)
		}
	}
}
