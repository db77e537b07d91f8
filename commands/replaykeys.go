package commands

import (
	"bufio"
	"io"
	"os"
	"strings"
	"sync"

	"github.com/carebase/deltatap/replay/player"
)

// replayKeys turn what a person types into commands of a player.
type replayKeys struct {
	commands chan player.Command // nil: nobody types
	sent     chan struct{}       // tells that an event was sent
	done     chan struct{}
	restore  func()
	once     sync.Once
}

// terminalPath is the terminal of a process whose standard input is something else.
const terminalPath = "/dev/tty"

// keys listens where somebody is to say when: at standard input or, where the session comes from
// there, at the terminal.
func (p *replayPlan) keys(app *App) (*replayKeys, error) {
	k := &replayKeys{sent: make(chan struct{}, 1), done: make(chan struct{}), restore: func() {}}
	if !p.step {
		return k, nil
	}
	k.commands = make(chan player.Command)
	in, isFile := app.In.(*os.File)
	terminal := isFile && app.InTerminal
	if !p.reread() {
		var err error
		if in, err = os.OpenFile(terminalPath, os.O_RDWR, 0); err != nil {
			return nil, usage("save the session to a file first", "--step: standard input is the session, and there is no terminal to type at")
		}
		terminal = true
	}
	if !terminal {
		go k.lines(app.In)
		return k, nil
	}
	restore, err := keyByKey(in)
	if err != nil {
		return nil, usage("", "--step: the terminal does not give its keys: %s", whyFile(err))
	}
	app.atExit.set(restore)
	k.restore = func() { app.atExit.run() }
	go k.typed(in)
	return k, nil
}

// stop gives the terminal back.
func (k *replayKeys) stop() {
	k.once.Do(func() {
		close(k.done)
		k.restore()
	})
}

// typed takes keys.
func (k *replayKeys) typed(in io.Reader) {
	for one := make([]byte, 1); ; {
		n, err := in.Read(one)
		if n > 0 {
			if c, ok := keyCommand(one[0]); ok && !k.say(c) {
				return
			}
		}
		if err != nil {
			return
		}
	}
}

func keyCommand(key byte) (player.Command, bool) {
	switch key {
	case ' ', '\r', '\n':
		return player.Next, true
	case 'p', 'P':
		return player.Toggle, true
	case 'q', 'Q', 3, 4: // Ctrl-C and Ctrl-D, where the terminal does not see to them
		return player.Quit, true
	}
	return 0, false
}

// lines takes lines, whose end is the end of the replay. What else is in a line is nobody's
// command. Lines come faster than events are sent: each waits until what the one before it asked
// for was done.
func (k *replayKeys) lines(in io.Reader) {
	scanner := bufio.NewScanner(in)
	for plays := false; scanner.Scan(); {
		line := strings.TrimSpace(scanner.Text())
		if len(line) > 1 {
			continue
		}
		c, ok := keyCommand((line + " ")[0])
		if !ok {
			continue
		}
		k.forget()
		if !k.say(c) || c == player.Next && !plays && !k.await() {
			return
		}
		plays = c == player.Toggle && !plays
	}
	k.say(player.Quit)
}

// event notes that an event was sent.
func (k *replayKeys) event() {
	select {
	case k.sent <- struct{}{}:
	default:
	}
}

// forget forgets what was sent before.
func (k *replayKeys) forget() {
	select {
	case <-k.sent:
	default:
	}
}

// await waits until an event was sent; it tells whether anybody still listens.
func (k *replayKeys) await() bool {
	select {
	case <-k.sent:
		return true
	case <-k.done:
		return false
	}
}

// say hands a command over; it tells whether anybody still listens.
func (k *replayKeys) say(c player.Command) bool {
	select {
	case k.commands <- c:
		return true
	case <-k.done:
		return false
	}
}
