package postgres

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"strconv"
	"strings"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"

	"github.com/carebase/deltatap/replay/server/store"
)

// RefusedError says that the database refused the login, or a statement for want of a privilege.
type RefusedError struct{ Message string }

// Error gives the database's reason, which holds no password.
func (e *RefusedError) Error() string { return "refused by the database: " + e.Message }

// UnreachableError says that the database could not be reached, went away, or did not answer in
// time.
type UnreachableError struct{ Message string }

// Error gives the reason, which holds no password.
func (e *UnreachableError) Error() string { return "no answer from the database: " + e.Message }

// UnusableError says that the URL is none, or that what it leads to cannot be used as a Carebase
// database.
type UnusableError struct{ Message string }

// Error gives the reason, which holds no password.
func (e *UnusableError) Error() string { return e.Message }

// told turns an error of the database's into one of this package's or of package store. Others stay
// as they are.
func told(ctx context.Context, err error) error {
	if err == nil {
		return nil
	}
	if refusal, ok := errors.AsType[*pgconn.PgError](err); ok {
		return ofServer(refusal)
	}
	if ctx.Err() != nil {
		return context.Cause(ctx)
	}
	if failed, ok := errors.AsType[*pgconn.ConnectError](err); ok {
		return &UnreachableError{oneLine(failed.Unwrap().Error())}
	}
	if isLost(err) {
		return &UnreachableError{oneLine(err.Error())}
	}
	return err
}

// isLost says whether an error of pgx's is about the connection, and not about what was asked over
// it.
func isLost(err error) bool {
	if refusal, ok := errors.AsType[*pgconn.PgError](err); ok {
		return endsConnection(refusal.Code)
	}
	if _, ok := errors.AsType[*UnreachableError](err); ok {
		return true
	}
	if _, ok := errors.AsType[*pgconn.ConnectError](err); ok {
		return true
	}
	if _, ok := errors.AsType[net.Error](err); ok {
		return true
	}
	return errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) || errors.Is(err, pgconn.ErrConnClosed)
}

// The codes of PostgreSQL's errors that are told apart (PostgreSQL documentation, appendix A).
const (
	classConnection = "08"
	classData       = "22" // a value that the column cannot hold
	classLogin      = "28"
	classResources  = "53"  // out of connections, memory or disk
	classMeaning    = "42"  // no such table, no such column, of another type
	classOperator   = "57P" // shut down, or not up yet
	canceled        = "57014"
	noPrivilege     = "42501"
	noSuchDatabase  = "3D000"
	notUnique       = "23505"
	isNull          = "23502"
	failsCheck      = "23514"
	serialization   = "40001"
	deadlock        = "40P01"
)

func endsConnection(code string) bool {
	return strings.HasPrefix(code, classOperator) || strings.HasPrefix(code, classConnection)
}

// ofServer sorts what PostgreSQL answered. Its message names tables, columns and constraints; the
// detail, which holds values, is left out.
func ofServer(e *pgconn.PgError) error {
	message := oneLine(e.Message)
	switch {
	case strings.HasPrefix(e.Code, classLogin), e.Code == noPrivilege:
		return &RefusedError{message}
	case strings.HasPrefix(e.Code, classMeaning):
		return &UnusableError{"not a Carebase database: " + message}
	case e.Code == noSuchDatabase:
		return &UnusableError{message}
	case endsConnection(e.Code), e.Code == canceled, strings.HasPrefix(e.Code, classResources):
		return &UnreachableError{message}
	case e.Code == notUnique:
		return fmt.Errorf("%w: %s", store.ErrTaken, message)
	case strings.HasPrefix(e.Code, classData), e.Code == isNull, e.Code == failsCheck:
		return fmt.Errorf("%w: %s", store.ErrInvalid, message)
	}
	return fmt.Errorf("the database: %s (%s)", message, e.Code)
}

// isConflict says whether the same transaction may succeed when it is run again.
func isConflict(err error) bool {
	refusal, ok := errors.AsType[*pgconn.PgError](err)
	return ok && (refusal.Code == serialization || refusal.Code == deadlock)
}

// notFound turns the want of a row into the store's error for it.
func notFound(err error, format string, args ...any) error {
	if errors.Is(err, pgx.ErrNoRows) {
		return fmt.Errorf("%s: %w", fmt.Sprintf(format, args...), store.ErrNotFound)
	}
	return err
}

func oneLine(text string) string { return strings.Join(strings.Fields(text), " ") }

func place(host string, port uint16, database string) string {
	if strings.HasPrefix(host, "/") { // the folder of a Unix socket
		return host + "/" + database
	}
	return net.JoinHostPort(host, strconv.Itoa(int(port))) + "/" + database
}
