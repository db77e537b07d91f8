package commands

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"log"
	"net"
	"net/http"
	"strings"
	"time"

	"github.com/carebase/deltatap/render"
	"github.com/carebase/deltatap/replay/metrics"
	"github.com/carebase/deltatap/replay/server"
	"github.com/spf13/cobra"
)

// serveOptions is what serve was asked for.
type serveOptions struct {
	addr         string
	readyFile    string
	plan         string
	users        int
	collaborator bool
	clock        string
	cors         []string // origins of pages that may use it
	hosts        []string // names that it is asked for by
	tls          bool
	rowsFirst    time.Duration // between rows and version; 0: both are one step
	swapOrder    bool
	maxUnsent    byteSize // 0: the server's own limit
	timers       server.Timers
	quirks       bool   // what a Carebase server does oddly is done, too
	db           string // "": plans are kept in memory
	createSchema bool
	only         []int64 // users of the database who get tokens; none: the first ones
	peopled      bool    // --users was given
	redis        string  // "": the server stands alone
	trust        trustFlags
	trusted      *tls.Config // of a Redis behind TLS
}

const serveLong = `Run a stand-in Carebase server on this machine: Socket.IO and REST over a plan in memory.
Mutations over REST change the plan, bump its version and emit to the owner, as a real
server does. It runs until it is interrupted, and forgets everything then.

The tokens of its users and of its operator are written to a file of mode 0600, never to
the terminal: to --ready-file, and to a folder that is removed in the end. DELTATAP_TOKEN,
where it is set, is the token of the first user, so that a tail in the same shell needs
no other.

REST is as a Carebase server's: a plan has 1 to 30 days, an owner pays a bill by mark-paid
and sets no other status, nobody makes an item. --quirks=false takes away what that server
does oddly; --rows-first and --swap-order make what it does badly now and then happen each
time. Without --redis, several servers on one --db emit each to its own clients alone.

The operator makes items, changes the plan from any source, and loses deltas on purpose:

  POST /_deltatap/deltas   Authorization: Bearer OPERATOR-TOKEN
  {"user":1,"deltas":[{"itemType":"bill","entityId":1,"action":"updated",
   "source":"google","data":{"bill":{"status":"paid"}}}],"lose":false}

The deltas of one request leave in one message. What a payload leaves out is kept as it
is. With "lose":true the plan changes and nothing is emitted.

--db keeps plans in the tables of a Carebase database instead, which --create-schema makes
where there are none. It serves the users who live there (the first 100, or each --user);
where nobody does, --plan, --users and --collaborator move somebody in, all or nothing.
Fields that no column holds (googleSync, what a delta brings along) are emitted and not
kept. A change, its version and what it emits are one step. While the database is lost,
requests get 500.

--redis joins several servers into one Socket.IO cluster, official ones with
@socket.io/redis-adapter among them: what is emitted at one reaches the clients of all.
With one --db as well, every client gets the deltas of a plan in the order of versions,
whichever of these servers made them. While Redis is lost, clients get what their own
server emits, and the log says which versions the others may have missed.

Web pages of this machine may use the server from a browser, with cookies or without; --cors
lets those of another origin in ("*": of any, without cookies). It is asked for by localhost,
by an address, or by a name of --host: whoever misleads a browser by another name is refused.
--addr 0.0.0.0 lets phones and other machines in, and says by which addresses; --tls serves
them HTTPS, with a certificate that is made for the day, and which they have to trust.

A password in a flag shows to other users of this machine: leave it to DELTATAP_SERVE_DB and
DELTATAP_REDIS, which stand for --db and --redis, to PGPASSWORD or .pgpass, or have the flag
name where the URL is kept: env://NAME or file://PATH. DELTATAP_DB, which diff reads, is not
taken for a database to write to.

GET /metrics answers Prometheus, without a token: counts, and no id, name or content.`

const serveExample = `  deltatap serve
  deltatap serve --addr 127.0.0.1:0 --ready-file ready.json
  deltatap serve --plan cache.json --collaborator
  deltatap serve --cors https://app.example.com
  deltatap serve --addr 0.0.0.0 --tls
  deltatap serve --plan fixture:owner-day --clock 2026-11-23T09:00:00Z
  deltatap serve --db postgres://me@127.0.0.1/care --create-schema \
      --plan cache.json
  deltatap serve --db postgres://me@127.0.0.1/care --addr 127.0.0.1:4081 \
      --redis redis://127.0.0.1`

func newServe(app *App) *cobra.Command {
	opts := &serveOptions{}
	cmd := &cobra.Command{
		Use:     "serve",
		Short:   "Run a stand-in Carebase server",
		Long:    serveLong,
		Example: serveExample,
		Args:    cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			if err := opts.complete(app, cmd.Flags().Changed); err != nil {
				return err
			}
			if err := opts.checkTimers(); err != nil {
				return err
			}
			return runServe(cmd.Context(), app, opts)
		},
	}
	flags := cmd.Flags()
	flags.StringVar(&opts.addr, "addr", "127.0.0.1:4080", "the `address` to listen at; port 0 picks one; 0.0.0.0 lets phones in")
	flags.StringArrayVar(&opts.cors, "cors", nil, "let web pages of this `ORIGIN` use it, too (repeatable); pages of this machine may")
	flags.StringArrayVar(&opts.hosts, "host", nil, "answer requests for this host `NAME`, too (repeatable); addresses and localhost are answered")
	flags.BoolVar(&opts.tls, "tls", false, "serve HTTPS, with a certificate made for the day")
	flags.Var(&opts.maxUnsent, "max-unsent", "send a client away that does not read, when more than this `SIZE` waits for it (4MiB)")
	flags.DurationVar(&opts.timers.PingInterval, "ping-interval", 25*time.Second, "how often a client is asked whether it is there")
	flags.DurationVar(&opts.timers.PingTimeout, "ping-timeout", 20*time.Second, "how long a client may take to answer that")
	flags.StringVar(&opts.readyFile, "ready-file", "", "write URL and tokens to this `path`, 0600, once it listens")
	flags.StringVar(&opts.plan, "plan", "", "start from this plan: the `file` of a cache, a session (the first plan of its user), fixture:NAME, synth:PROFILE, or -")
	flags.IntVar(&opts.users, "users", 1, "how many users, each with a plan of their own; --plan is the first one's")
	flags.BoolVar(&opts.collaborator, "collaborator", false, "add a user who contributes to the first plan")
	flags.StringVar(&opts.clock, "clock", "", "stop the server's clock at this RFC 3339 `time`")
	flags.BoolVar(&opts.quirks, "quirks", true, "spell the hour of midnight 24, as a Carebase server does")
	flags.DurationVar(&opts.rowsFirst, "rows-first", 0, "wait for this `duration` between writing a change and bumping the version, as a real server does for a moment")
	flags.BoolVar(&opts.swapOrder, "swap-order", false, "of two changes at the same time, bump the version of the later one first; implies --rows-first 200ms")
	flags.StringVar(&opts.db, "db", "", "keep plans in the Carebase database at this `URL`: postgres://…, or env://NAME or file://PATH, where it is kept")
	flags.BoolVar(&opts.createSchema, "create-schema", false, "make the tables in the database, which must have none")
	flags.Int64SliceVar(&opts.only, "user", nil, "give a token to the user of the database with this `ID` (repeatable)")
	flags.StringVar(&opts.redis, "redis", "", "join the Socket.IO cluster of the Redis at this `URL`: redis://…, or env://NAME or file://PATH, where it is kept")
	opts.trust.register(flags)
	flags.Lookup("ca-file").Usage = "trust the certificates in this PEM `file`, and no others, of a Redis behind TLS"
	flags.Lookup("insecure").Usage = "do not verify the certificate of a Redis behind TLS"
	_ = cmd.RegisterFlagCompletionFunc("plan", completeSessions)
	return cmd
}

// complete takes from the environment what no flag says.
func (o *serveOptions) complete(app *App, given func(flag string) bool) error {
	o.peopled = given("users")
	if err := o.address(app, "--db", &o.db, given("db"), envServeDatabase, "PGPASSWORD, .pgpass, "); err != nil {
		return err
	}
	if err := o.address(app, "--redis", &o.redis, given("redis"), envServeRedis, ""); err != nil {
		return err
	}
	return o.trustRedis(app, given)
}

// trustRedis reads which certificates a Redis behind TLS is trusted for.
func (o *serveOptions) trustRedis(app *App, given func(flag string) bool) (err error) {
	switch {
	case !strings.HasPrefix(o.redis, "rediss://"):
		return o.trust.noTLS("%s goes with --redis rediss://")
	case given("ca-file") && o.trust.caFile == "":
		return usage("leave it out, or give it a value", "--ca-file: empty")
	}
	o.trusted, err = o.trust.trust(app)
	return err
}

// address completes the value of a flag that may hold a password, or refer to where one is kept.
func (o *serveOptions) address(app *App, flag string, value *string, given bool, variable, keepers string) (err error) {
	switch {
	case !given:
		flag, *value = variable, app.Env(variable)
	case *value == "":
		return usage("leave it out, or give it a value", "%s: empty", flag)
	default:
		app.warnOfPassword(flag, *value, keepers+variable+", env:// and file://")
	}
	*value, err = app.referredTo(flag, *value)
	return err
}

// serveGrace is how long clients get to take what was emitted to them when the server ends.
const serveGrace = 5 * time.Second

func runServe(ctx context.Context, app *App, opts *serveOptions) error {
	s, err := openStandIn(ctx, app, opts)
	if err != nil {
		return err
	}
	files, err := keepTokens(app, opts.readyFile, s.house.ready, s.authority)
	if err != nil {
		return errors.Join(err, s.listener.Close(), s.server.Close(ctx))
	}
	defer files.remove()
	s.house.announce(app, s.listener.Addr(), files)
	return serveUntil(ctx, app, s.server, s.listener)
}

// checkTimers checks the times of pings, which the protocol tells in milliseconds.
func (o *serveOptions) checkTimers() error {
	switch {
	case o.timers.PingInterval < time.Millisecond:
		return usage("", "--ping-interval %s: want a millisecond or more", o.timers.PingInterval)
	case o.timers.PingTimeout < time.Millisecond:
		return usage("", "--ping-timeout %s: want a millisecond or more", o.timers.PingTimeout)
	}
	return nil
}

// standIn is a stand-in server that listens, and who lives on it.
type standIn struct {
	house    *house
	server   *server.Server
	listener net.Listener
	// authority is the certificate that clients have to trust, as PEM; nil without TLS.
	authority []byte
}

// openStandIn makes what the options ask for, and listens.
func openStandIn(ctx context.Context, app *App, opts *serveOptions) (*standIn, error) {
	if err := opts.letIn(); err != nil {
		return nil, err
	}
	if opts.rowsFirst < 0 {
		return nil, usage("", "--rows-first %s: want no less than 0", opts.rowsFirst)
	}
	listener, err := new(net.ListenConfig).Listen(ctx, "tcp", opts.listenAddress())
	if err != nil {
		return nil, listenError("--addr ", opts.addr, err)
	}
	s, err := opts.open(ctx, app, listener)
	if err != nil {
		return nil, errors.Join(err, listener.Close())
	}
	return s, nil
}

// open makes the server behind a listener. A database is written last: what else may be wrong has
// been found by then.
func (o *serveOptions) open(ctx context.Context, app *App, listener net.Listener) (*standIn, error) {
	if err := o.readyPlace(); err != nil {
		return nil, err
	}
	listener, authority, err := o.secure(app, listener)
	if err != nil {
		return nil, err
	}
	joined, err := o.joinCluster(ctx, app)
	if err != nil {
		return nil, err
	}
	h, err := o.dwell(ctx, app)
	if err != nil {
		return nil, errors.Join(err, leaveCluster(joined))
	}
	clearFile(o.readyFile)
	counts := metrics.NewServer()
	counts.Changed(h.plan.Version.Number)
	config := server.Config{
		Store: h.store(), Tokens: h.tokens, OperatorToken: h.ready.OperatorToken, Now: h.now, Quirks: o.quirks, MaxUnsent: int(o.maxUnsent), RowsFirst: o.rowsFirst, SwapOrder: o.swapOrder,
		Origins: o.cors, Hosts: o.names(listener.Addr()), Timers: o.timers,
		Logf:     func(format string, args ...any) { app.note("server: "+format, args...) },
		Observer: counts, Metrics: counts.Handler(),
	}
	if joined != nil { // a nil *cluster.Cluster would be a server.Cluster that is not nil
		config.Cluster = joined
	}
	s, err := server.New(config)
	if err != nil {
		return nil, errors.Join(clusterError(err), leaveCluster(joined), h.close())
	}
	h.ready.URL = serveURL(o.scheme(), listener.Addr())
	return &standIn{house: h, server: s, listener: listener, authority: authority}, nil
}

// serveUntil serves until ctx ends, and closes everything then.
func serveUntil(ctx context.Context, app *App, standIn *server.Server, listener net.Listener) error {
	// net/http and the Socket.IO library have their own ideas of what is worth a line; none is a
	// user's concern.
	web := &http.Server{Handler: standIn.Handler(), ReadHeaderTimeout: 10 * time.Second, ErrorLog: log.New(io.Discard, "", 0)}
	served := make(chan error, 1)
	go func() { served <- web.Serve(listener) }()
	var failure error
	select {
	case failure = <-served:
	case <-ctx.Done():
		app.note("stopping")
	}
	bye, cancel := context.WithTimeout(context.WithoutCancel(ctx), serveGrace)
	defer cancel()
	shut := make(chan error, 1)
	go func() { shut <- web.Shutdown(bye) }()
	if err := errors.Join(standIn.Close(bye), <-shut); err != nil && failure == nil {
		app.note("not every client let go in %s", render.Duration(serveGrace))
		_ = web.Close()
	}
	return failure
}

// listenError says why an address cannot be listened at. given is what stands before it: "--addr ",
// "--to serve://".
func listenError(given, addr string, err error) error {
	hint := ""
	if _, _, bad := net.SplitHostPort(addr); bad != nil {
		hint = "like 127.0.0.1:4080, or :0 for any free port of this machine's addresses"
	} else if op, ok := errors.AsType[*net.OpError](err); ok {
		err = op.Err
		hint = given + "127.0.0.1:0 picks a free port"
	}
	return &Error{Code: ExitUsage, What: "cannot listen at " + addr, Err: err, Hint: hint}
}

// serveURL is where a client of this machine finds the server.
func serveURL(scheme string, addr net.Addr) string {
	at, ok := addr.(*net.TCPAddr)
	if !ok {
		return scheme + "://" + addr.String()
	}
	host := at.IP.String()
	if at.IP.IsUnspecified() {
		host = "127.0.0.1"
	}
	return urlOf(scheme, host, at.Port)
}

func urlOf(scheme, host string, port int) string {
	return scheme + "://" + net.JoinHostPort(host, fmt.Sprint(port))
}
