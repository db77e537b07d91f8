package witness

import (
	"context"
	"errors"
	"strings"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
)

// told turns an error of the database's into one of this package's. The context's own, and those of
// this package, stay.
func told(ctx context.Context, err error) error {
	if ctx.Err() != nil {
		return context.Cause(ctx)
	}
	if errors.Is(err, ErrNoPlan) {
		return err
	}
	if _, ok := errors.AsType[*UnusableError](err); ok {
		return err
	}
	if _, ok := errors.AsType[*TooLargeError](err); ok {
		return err
	}
	if _, ok := errors.AsType[*OtherPlanError](err); ok {
		return err
	}
	if odd, ok := errors.AsType[pgx.ScanArgError](err); ok {
		return &UnusableError{"not a Carebase database: " + oneLine(odd.Error())} // a column of another type, or a date that is none
	}
	if refusal, ok := errors.AsType[*pgconn.PgError](err); ok {
		return ofServer(refusal)
	}
	if failed, ok := errors.AsType[*pgconn.ConnectError](err); ok {
		return &UnreachableError{oneLine(failed.Unwrap().Error())}
	}
	if errors.Is(err, context.DeadlineExceeded) {
		return &UnreachableError{"it has fallen silent"}
	}
	return &UnreachableError{oneLine(err.Error())}
}

// ofServer sorts what PostgreSQL answered, by the class or the code of its error (PostgreSQL
// documentation, appendix A).
func ofServer(e *pgconn.PgError) error {
	const (
		classLogin     = "28"
		noPrivilege    = "42501"
		classMeaning   = "42" // no such table, no such column, of another type
		noSuchDatabase = "3D000"
	)
	switch {
	case strings.HasPrefix(e.Code, classLogin), e.Code == noPrivilege:
		return &RefusedError{oneLine(e.Message)}
	case strings.HasPrefix(e.Code, classMeaning):
		return &UnusableError{"not a Carebase database: " + oneLine(e.Message)}
	case e.Code == noSuchDatabase:
		return &UnusableError{oneLine(e.Message)}
	}
	return &UnreachableError{oneLine(e.Message)} // ended by the statement timeout, shutting down, out of connections
}

func oneLine(text string) string { return strings.Join(strings.Fields(text), " ") }
