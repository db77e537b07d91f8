//go:build unix

package pgtest

import (
	"bytes"
	"context"
	"fmt"
	"net"
	"os"
	"os/exec"
	"os/user"
	"path/filepath"
	"runtime"
	"strconv"
	"syscall"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/carebase/deltatap/fixtures/lacking"
)

// password is that of the only login. It guards nothing: the server lives as long as the tests.
const password = "pgtest"

// programs returns the directory of PostgreSQL's programs: on the path, or where Debian puts them.
// Without, the test ends.
func programs(tb testing.TB) string {
	tb.Helper()
	path, err := exec.LookPath("initdb")
	if err == nil {
		return filepath.Dir(path)
	}
	found, _ := filepath.Glob("/usr/lib/postgresql/*/bin/initdb") // the pattern is well formed
	if len(found) == 0 {
		lacking.Skip(tb, "PostgreSQL", err, "apt-get install postgresql")
	}
	return filepath.Dir(found[len(found)-1])
}

// cluster is one running server.
type cluster struct {
	bin, dir string
	port     int
	as       *syscall.Credential // nil: as who runs the tests
	process  *os.Process
	log      bytes.Buffer
	ended    chan struct{}
}

// start makes a cluster and starts it. A port that somebody else takes in the meantime costs
// another try.
func start(bin string) (*cluster, error) {
	dir, err := os.MkdirTemp("", "pgtest")
	if err != nil {
		return nil, err
	}
	c := &cluster{bin: bin, dir: dir}
	if err := c.init(); err != nil {
		os.RemoveAll(dir)
		return nil, err
	}
	for range 3 {
		if err = c.run(); err == nil {
			return c, nil
		}
	}
	os.RemoveAll(dir)
	return nil, err
}

// init creates the files of the cluster. PostgreSQL refuses to run as root, so that root lends it
// to the user postgres.
func (c *cluster) init() error {
	if os.Getuid() == 0 {
		if err := c.lend(); err != nil {
			return err
		}
	}
	secret := filepath.Join(c.dir, "password")
	if err := os.WriteFile(secret, []byte(password+"\n"), 0o644); err != nil {
		return err
	}
	cmd := exec.Command(filepath.Join(c.bin, "initdb"), "--pgdata", c.data(), "--username=postgres", "--pwfile", secret,
		"--auth=scram-sha-256", "--encoding=UTF8", "--locale=C", "--no-sync")
	cmd.SysProcAttr = attributes(c.as)
	cmd.Dir = c.dir
	if out, err := cmd.CombinedOutput(); err != nil {
		return fmt.Errorf("initdb: %w\n%s", err, out)
	}
	return nil
}

func (c *cluster) lend() error {
	account, err := user.Lookup("postgres")
	if err != nil {
		return err
	}
	uid, err := strconv.ParseUint(account.Uid, 10, 32)
	if err != nil {
		return err
	}
	gid, err := strconv.ParseUint(account.Gid, 10, 32)
	if err != nil {
		return err
	}
	c.as = &syscall.Credential{Uid: uint32(uid), Gid: uint32(gid)}
	return os.Chown(c.dir, int(uid), int(gid))
}

func (c *cluster) data() string { return filepath.Join(c.dir, "data") }

func (c *cluster) url(database string) string {
	return fmt.Sprintf("postgres://postgres:%s@127.0.0.1:%d/%s?sslmode=disable", password, c.port, database)
}

// run starts the server and waits until it answers.
func (c *cluster) run() error {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return err
	}
	c.port = listener.Addr().(*net.TCPAddr).Port
	listener.Close()
	cmd := exec.Command(filepath.Join(c.bin, "postgres"), "-D", c.data(), "-p", strconv.Itoa(c.port),
		"-c", "listen_addresses=127.0.0.1", "-c", "unix_socket_directories=", "-c", "fsync=off", "-c", "full_page_writes=off",
		"-c", "max_connections=50", "-c", "shared_buffers=16MB", "-c", "timezone=UTC")
	c.log.Reset()
	cmd.Stdout, cmd.Stderr = &c.log, &c.log
	cmd.SysProcAttr = attributes(c.as)
	cmd.Dir = c.dir
	c.ended = make(chan struct{})
	started := make(chan error)
	go func() {
		runtime.LockOSThread() // the server is told when the thread that started it ends
		err := cmd.Start()
		started <- err
		if err == nil {
			_ = cmd.Wait() // how it ended is in its log
		}
		close(c.ended)
	}()
	if err := <-started; err != nil {
		return err
	}
	c.process = cmd.Process
	return c.answer()
}

// answer waits for the first connection.
func (c *cluster) answer() error {
	ctx, cancel := context.WithTimeout(context.Background(), startTime)
	defer cancel()
	for {
		conn, err := pgx.Connect(ctx, c.url("postgres"))
		if err == nil {
			return conn.Close(ctx)
		}
		select {
		case <-c.ended:
			return fmt.Errorf("the server ended:\n%s", c.log.Bytes())
		case <-ctx.Done():
			c.stop()
			return fmt.Errorf("no answer: %w", err)
		case <-time.After(20 * time.Millisecond):
		}
	}
}

// stop ends the server at once, and takes its files away.
func (c *cluster) stop() {
	_ = c.process.Signal(syscall.SIGQUIT) // an error says that it has ended
	select {
	case <-c.ended:
	case <-time.After(10 * time.Second):
		_ = c.process.Kill()
		<-c.ended
	}
	os.RemoveAll(c.dir)
}
