package tap

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/gorilla/websocket"
)

// speakSocketIO greets, accepts whoever asks, and sends what it is told to; it takes what the app sends until that leaves.
func speakSocketIO(say <-chan string) func(*websocket.Conn) {
	return func(conn *websocket.Conn) {
		_ = conn.WriteMessage(websocket.TextMessage, []byte(`0{"sid":"e","pingInterval":25000,"pingTimeout":20000}`))
		_, text, _ := conn.ReadMessage()
		if !strings.HasPrefix(string(text), "40") {
			return
		}
		_ = conn.WriteMessage(websocket.TextMessage, []byte(`40{"sid":"s"}`))
		go func() {
			for text := range say {
				if conn.WriteMessage(websocket.TextMessage, []byte(text)) != nil {
					return
				}
			}
		}()
		for {
			if _, _, err := conn.ReadMessage(); err != nil {
				return
			}
		}
	}
}

// join is an app that connects with a token.
func join(t *testing.T, taps, token string) *websocket.Conn {
	t.Helper()
	conn, _, err := websocket.DefaultDialer.Dial(strings.Replace(taps, "http", "ws", 1)+"/socket.io/?EIO=4&transport=websocket", nil)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = conn.Close() })
	await(t, conn, "0{")
	if err := conn.WriteMessage(websocket.TextMessage, []byte(`40{"token":"`+token+`"}`)); err != nil {
		t.Fatal(err)
	}
	return conn
}

func await(t *testing.T, conn *websocket.Conn, begin string) {
	t.Helper()
	if _, text, err := conn.ReadMessage(); err != nil || !strings.HasPrefix(string(text), begin) {
		t.Fatalf("%q, %v; want %s…", text, err, begin)
	}
}

// A phone that comes back over another network leaves its old connection behind: that one is over when the new one begins, and
// its end later ends nothing.
func TestNewestConnectionIsTheDevices(t *testing.T) {
	say := make(chan string)
	t.Cleanup(func() { close(say) })
	recording := recordInto(t, t.TempDir())
	listener := &heardBy{Recording: recording}
	tap, taps := open(t, speaker(t, speakSocketIO(say)), Config{Listener: listener, Key: recording.Key()})
	old := join(t, taps, tokenOf(7, "old"))
	await(t, old, "40{")
	fresh := join(t, taps, tokenOf(7, "fresh"))
	await(t, fresh, "40{")
	for n := range 2 { // one to each, whichever it is
		say <- fmt.Sprintf(`42["e",%d]`, n)
	}
	_ = old.Close()
	tap.Close()
	kept := recording.Close(time.Now(), "interrupt")
	_, lines := linesOf(t, kept[0].Path)
	var states []string
	for _, line := range lines {
		if !strings.HasPrefix(line, "event") {
			states = append(states, strings.Join(strings.Fields(line)[:1], ""))
		}
	}
	if diff := cmp.Diff([]string{"connect", "disconnect", "connect", "disconnect", "seal", "end"}, states); diff != "" {
		t.Error(diff, lines)
	}
}

// The second device of a file is cut off before the server hears who it is, and the first one stays.
func TestSecondDeviceReachesNothing(t *testing.T) {
	var mu sync.Mutex
	var asked []string
	server := speaker(t, func(conn *websocket.Conn) {
		_ = conn.WriteMessage(websocket.TextMessage, []byte(`0{"sid":"e","pingInterval":25000,"pingTimeout":20000}`))
		for {
			_, text, err := conn.ReadMessage()
			if err != nil {
				return
			}
			mu.Lock()
			asked = append(asked, string(text))
			mu.Unlock()
			_ = conn.WriteMessage(websocket.TextMessage, []byte(`40{"sid":"s"}`))
		}
	})
	recording := recordInto(t, filepath.Join(t.TempDir(), "one.ndjson"))
	tap, taps := open(t, server, Config{Listener: &heardBy{Recording: recording}, Key: recording.Key()})
	first := join(t, taps, tokenOf(1, ""))
	await(t, first, "40{")
	second := join(t, taps, tokenOf(2, ""))
	if _, text, err := second.ReadMessage(); err == nil {
		t.Errorf("the second device got %q", text)
	}
	if err := first.WriteMessage(websocket.TextMessage, []byte(`42["still"]`)); err != nil {
		t.Error(err)
	}
	await(t, first, "40{")
	tap.Close()
	recording.Close(time.Now(), "interrupt")
	mu.Lock()
	defer mu.Unlock()
	if len(asked) != 2 || strings.Contains(strings.Join(asked, ""), tokenOf(2, "")) {
		t.Errorf("the server heard %q", asked)
	}
}

// A folder that takes no more stops no app; what is lost is counted, and said once.
func TestLostRecordingStopsNothing(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "taps")
	var said []string
	recording, err := OpenRecording(RecordingConfig{Path: dir, Say: func(text string) { said = append(said, text) }})
	if err != nil {
		t.Fatal(err)
	}
	if err := os.RemoveAll(dir); err != nil {
		t.Fatal(err)
	}
	say := make(chan string)
	t.Cleanup(func() { close(say) })
	tap, taps := open(t, speaker(t, speakSocketIO(say)), Config{Listener: &heardBy{Recording: recording}, Key: recording.Key()})
	app := join(t, taps, tokenOf(7, ""))
	await(t, app, "40{")
	say <- `42["e",1]`
	await(t, app, `42["e",1]`)
	tap.Close()
	kept := recording.Close(time.Now(), "interrupt")
	if len(kept) != 1 || kept[0].Lost != 3 || kept[0].Err == nil || len(said) != 1 {
		t.Errorf("kept %+v, said %q", kept, said)
	}
}
