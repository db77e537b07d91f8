package commands

import (
	"context"

	"github.com/carebase/deltatap/replay/session"
	"github.com/carebase/deltatap/replay/sink"
	"github.com/carebase/deltatap/replay/sink/postgres"
	"github.com/carebase/deltatap/replay/sink/redis"
)

// eventsAlone is of a target to which nothing but events means anything.
func eventsAlone(kind session.Kind) bool { return kind == session.KindEvent }

// redisTarget is the rooms of a Socket.IO cluster that is joined through Redis.
func redisTarget(p *replayPlan, _ *App, text string) (*replayTarget, error) {
	return clusterTarget(text, redis.CheckURL, func(ctx context.Context, o opening) (sink.Sink, error) {
		return redis.Dial(ctx, redis.Config{URL: text, Users: o.users, Tell: o.tell, Timeout: p.connect.timeout})
	})
}

// postgresTarget is the rooms of a Socket.IO cluster that is joined through PostgreSQL.
func postgresTarget(p *replayPlan, _ *App, text string) (*replayTarget, error) {
	return clusterTarget(text, postgres.CheckURL, func(ctx context.Context, o opening) (sink.Sink, error) {
		return postgres.Dial(ctx, postgres.Config{URL: text, Users: o.users, Tell: o.tell, Timeout: p.connect.timeout})
	})
}

func clusterTarget(text string, check func(url string) error, dial func(context.Context, opening) (sink.Sink, error)) (*replayTarget, error) {
	name := shownTarget(text)
	if err := check(text); err != nil {
		return nil, usage("", "--to %s: %v", name, err)
	}
	return &replayTarget{
		name: name, rooms: true, takes: eventsAlone,
		open: func(ctx context.Context, _ *App, o opening) (*openTarget, error) {
			s, err := dial(ctx, o)
			return &openTarget{sink: s, name: name}, err
		},
	}, nil
}
