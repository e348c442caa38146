package handlers_test

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// TestOfficialExporters holds that what OpenTelemetry's own SDKs send over HTTP is a
// conversation: Go's in protobuf, JavaScript's in protobuf and in JSON, with gzip. They are
// fetched when it runs; where that cannot be it is skipped, but in CI.
func TestOfficialExporters(t *testing.T) {
	a, _ := withSources(t)
	environment := append(os.Environ(), "OTEL_EXPORTER_OTLP_ENDPOINT="+a.URL, "OTEL_EXPORTER_OTLP_HEADERS=authorization=Bearer "+a.token, "GOFLAGS=")
	run := func(dir, name string, args ...string) (string, error) {
		cmd := exec.CommandContext(t.Context(), name, args...)
		cmd.Dir, cmd.Env = dir, environment
		out, err := cmd.CombinedOutput()
		return string(out), err
	}
	skip := func(t *testing.T, what, out string, err error) {
		t.Helper()
		if os.Getenv("CI") != "" {
			t.Fatalf("%s: %v\n%s", what, err, out)
		}
		t.Skipf("%s cannot be had here: %v", what, err)
	}
	holds := func(t *testing.T, service, out string, err error) {
		t.Helper()
		if err != nil {
			t.Fatalf("%s: %v\n%s", service, err, out)
		}
		list, err := a.db.Explain(t.Context(), service, "conv-1")
		if err != nil || len(list) != 1 {
			t.Fatalf("%s: %d conversations, %v\n%s", service, len(list), err, out)
		}
		var got []string
		for _, e := range list[0].Events {
			got = append(got, strings.TrimSpace(fmt.Sprintf("%s %s %s %s", e.At.Format("15:04:05"), e.Type, e.Actor, e.Text)))
		}
		if want := "16:00:00 message visitor Do you ship to Malta?; 16:00:02 handoff; 16:00:03 message agent I connect you."; strings.Join(got, "; ") != want {
			t.Errorf("%s gives %s; want %s", service, strings.Join(got, "; "), want)
		}
	}
	t.Run("Go", func(t *testing.T) {
		binary := filepath.Join(t.TempDir(), "gosdk")
		if out, err := run("sources/testdata/exporters/go", "go", "build", "-o", binary, "."); err != nil {
			skip(t, "OpenTelemetry's SDK for Go", out, err)
		}
		out, err := run(".", binary)
		holds(t, "go-agent", out, err)
	})
	t.Run("JavaScript", func(t *testing.T) {
		dir := t.TempDir()
		for _, name := range []string{"package.json", "export.js"} {
			raw, err := os.ReadFile("sources/testdata/exporters/js/" + name)
			if err == nil {
				err = os.WriteFile(filepath.Join(dir, name), raw, 0o600)
			}
			if err != nil {
				t.Fatal(err)
			}
		}
		if out, err := run(dir, "npm", "install", "--no-audit", "--no-fund", "--silent"); err != nil {
			skip(t, "OpenTelemetry's SDK for JavaScript", out, err)
		}
		for _, form := range []string{"proto", "http"} {
			out, err := run(dir, "node", "export.js", form)
			holds(t, "js-agent-"+form, out, err)
		}
	})
}
