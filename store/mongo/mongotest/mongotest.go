// Package mongotest gives tests a MongoDB: the one that MONGODB_TEST_URI names,
// else FerretDB, built once from the module beside it and started for the test.
package mongotest

import (
	"bufio"
	"context"
	"crypto/rand"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"io"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"sync"
	"testing"

	"go.mongodb.org/mongo-driver/v2/mongo"
	"go.mongodb.org/mongo-driver/v2/mongo/options"
)

// NotConcurrent is why the promises between connections are not checked on the
// stand-in; it is empty where they can be.
func NotConcurrent() string {
	if os.Getenv("MONGODB_TEST_URI") != "" {
		return ""
	}
	return "FerretDB v1 is not atomic between connections: concurrent updates lose writes; set MONGODB_TEST_URI to check this on MongoDB"
}

// URI names a database of the test's own, dropped when it ends.
func URI(t testing.TB) string {
	t.Helper()
	base := os.Getenv("MONGODB_TEST_URI")
	if base == "" {
		base = shared(t)
	}
	u, err := url.Parse(base)
	if err != nil {
		t.Fatalf("MONGODB_TEST_URI: %v", err)
	}
	name := "test_" + strings.ToLower(rand.Text()[:12])
	u.Path = "/" + name
	t.Cleanup(func() {
		client, err := mongo.Connect(options.Client().ApplyURI(u.String()))
		if err != nil {
			t.Error(err)
			return
		}
		ctx := context.Background()
		if err := client.Database(name).Drop(ctx); err != nil {
			t.Errorf("drop %s: %v", name, err)
		}
		if err := client.Disconnect(ctx); err != nil {
			t.Error(err)
		}
	})
	return u.String()
}

var (
	once   sync.Once
	server *Server
	failed error
)

// shared is one server for all tests of a program. It ends with the program:
// its standard input is then closed.
func shared(t testing.TB) string {
	t.Helper()
	once.Do(func() {
		dir, err := os.MkdirTemp("", "agent-report-ferret-")
		if err != nil {
			failed = err
			return
		}
		server, failed = start(dir, "127.0.0.1:0")
	})
	skipWithout(t, failed)
	return server.URI
}

func skipWithout(t testing.TB, err error) {
	t.Helper()
	switch {
	case err == nil:
	case os.Getenv("CI") != "":
		t.Fatalf("FerretDB: %v", err)
	default:
		t.Skipf("the MongoDB half is skipped, FerretDB could not be built (its first build needs the network): %v", err)
	}
}

// Server is a MongoDB stand-in of a test's own, which can be stopped and
// started again.
type Server struct {
	URI  string
	dir  string
	addr string
	cmd  *exec.Cmd
	in   io.Closer
}

// Start starts a server for one test.
func Start(t testing.TB) *Server {
	t.Helper()
	s, err := start(t.TempDir(), "127.0.0.1:0")
	skipWithout(t, err)
	t.Cleanup(s.Stop)
	return s
}

// Stop ends the server at once, as a crash would.
func (s *Server) Stop() {
	s.cmd.Process.Kill()
	s.cmd.Wait()
	s.in.Close()
}

// Restart starts the server again, on the same address with the same data.
func (s *Server) Restart(t testing.TB) {
	t.Helper()
	again, err := start(s.dir, s.addr)
	if err != nil {
		t.Fatal(err)
	}
	*s = *again
}

func start(dir, addr string) (*Server, error) {
	binary, err := build()
	if err != nil {
		return nil, err
	}
	s := &Server{dir: dir, cmd: exec.Command(binary, dir, addr)}
	in, err := s.cmd.StdinPipe()
	if err != nil {
		return nil, err
	}
	s.in = in
	out, err := s.cmd.StdoutPipe()
	if err != nil {
		return nil, err
	}
	s.cmd.Stderr = io.Discard
	if err := s.cmd.Start(); err != nil {
		return nil, err
	}
	lines := bufio.NewScanner(out)
	for lines.Scan() {
		if line := lines.Text(); strings.HasPrefix(line, "mongodb://") {
			s.URI = line
			u, err := url.Parse(line)
			if err != nil {
				return nil, err
			}
			s.addr = u.Host
			go io.Copy(io.Discard, out)
			return s, nil
		}
	}
	s.Stop()
	return nil, fmt.Errorf("it ended without a word")
}

// build makes the stand-in's program, once for each version of its module.
func build() (string, error) {
	_, here, _, _ := runtime.Caller(0)
	module := filepath.Join(filepath.Dir(filepath.Dir(here)), "ferret")
	sum := sha256.New()
	for _, name := range []string{"go.mod", "go.sum", "main.go"} {
		b, err := os.ReadFile(filepath.Join(module, name))
		if err != nil {
			return "", err
		}
		sum.Write(b)
	}
	cache, err := os.UserCacheDir()
	if err != nil {
		return "", err
	}
	binary := filepath.Join(cache, "agent-report", "ferret-"+hex.EncodeToString(sum.Sum(nil))[:16])
	if _, err := os.Stat(binary); err == nil {
		return binary, nil
	}
	fmt.Fprintln(os.Stderr, "building FerretDB, the stand-in for MongoDB: this takes a few minutes, once")
	if err := os.MkdirAll(filepath.Dir(binary), 0o755); err != nil {
		return "", err
	}
	// Packages are tested at the same time: each builds to a name of its own.
	temporary := fmt.Sprintf("%s.%d", binary, os.Getpid())
	cmd := exec.Command("go", "build", "-o", temporary, ".")
	cmd.Dir = module
	cmd.Env = append(os.Environ(), "GOFLAGS=-mod=readonly", "GOWORK=off")
	if out, err := cmd.CombinedOutput(); err != nil {
		return "", fmt.Errorf("%w\n%s", err, out)
	}
	return binary, os.Rename(temporary, binary)
}
