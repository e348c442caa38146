package agentreport_test

import (
	"go/parser"
	"go/token"
	"io/fs"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
)

const module = "agentreport"

// allowed says what each package may import beyond the standard library: of
// this module, and of others by the beginning of their path. A package imports
// only what stands on a lower level.
var allowed = map[string][]string{
	"reports":       {},
	"bot/fakeslack": {"github.com/coder/websocket"},

	"bot/fakeslack/storybook": {"bot/fakeslack"},
	"reports/lang":            {"reports", "github.com/nicksnyder/go-i18n/v2", "github.com/BurntSushi/toml", "golang.org/x/text"},
	"reports/chart":           {"reports", "reports/lang", "github.com/wcharczuk/go-chart/v2", "github.com/golang/freetype", "golang.org/x/image", "golang.org/x/text"},
	"reports/sample":          {"reports"},
	"reports/topics":          {"reports", "github.com/kljensen/snowball", "golang.org/x/text"},
	"embeddings":              {},
	"webhook":                 {"reports"},
	"store":                   {"reports", "reports/topics", "github.com/go-json-experiment/json"},
	"bot/views":               {"reports", "reports/lang", "reports/topics", "github.com/slack-go/slack"},
	"handlers/ingest": {
		"reports", "github.com/go-json-experiment/json",
	},
	"store/mongo":           {"store", "go.mongodb.org/mongo-driver/v2"},
	"store/sqlite":          {"store", "modernc.org/sqlite"},
	"store/storetest":       {"store", "reports", "reports/topics", "github.com/google/go-cmp"},
	"store/mongo/mongotest": {"go.mongodb.org/mongo-driver/v2"},
	"bot":                   {"reports", "reports/chart", "reports/lang", "reports/topics", "bot/views", "github.com/slack-go/slack", "github.com/robfig/cron/v3", "github.com/agnivade/levenshtein"},
	"handlers":              {"reports", "handlers/ingest", "github.com/slack-go/slack", "github.com/go-json-experiment/json", "github.com/prometheus/client_golang"},
	"cmd/agent-report": {
		"embeddings", "webhook", "reports", "reports/chart", "reports/lang", "reports/sample", "reports/topics", "store", "store/mongo", "store/sqlite", "bot", "bot/views", "bot/fakeslack", "handlers", "handlers/ingest",
		"github.com/alecthomas/kong", "github.com/go-json-experiment/json", "github.com/schollz/progressbar/v3", "github.com/slack-go/slack", "golang.org/x/term",
	},
}

// TestImports holds the order of the packages.
func TestImports(t *testing.T) {
	seen := map[string]bool{}
	err := filepath.WalkDir(".", func(path string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if d.IsDir() && (strings.HasPrefix(d.Name(), ".") && path != "." || d.Name() == "testdata" || path == filepath.Join("store", "mongo", "ferret")) {
			return filepath.SkipDir
		}
		if d.IsDir() || !strings.HasSuffix(path, ".go") || strings.HasSuffix(path, "_test.go") {
			return nil
		}
		pkg := filepath.ToSlash(filepath.Dir(path))
		may, known := allowed[pkg]
		if !known {
			t.Errorf("%s: the package %s is not in the table", path, pkg)
			return nil
		}
		seen[pkg] = true
		file, err := parser.ParseFile(token.NewFileSet(), path, nil, parser.ImportsOnly)
		if err != nil {
			return err
		}
		for _, spec := range file.Imports {
			name, err := strconv.Unquote(spec.Path.Value)
			if err != nil {
				return err
			}
			if own, ok := strings.CutPrefix(name, module+"/"); ok {
				if !slices.Contains(may, own) {
					t.Errorf("%s imports %s: %s may not", path, own, pkg)
				}
				continue
			}
			if first, _, _ := strings.Cut(name, "/"); !strings.Contains(first, ".") {
				continue // the standard library
			}
			if !slices.ContainsFunc(may, func(m string) bool { return name == m || strings.HasPrefix(name, m+"/") }) {
				t.Errorf("%s imports %s: %s may not", path, name, pkg)
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	for pkg := range allowed {
		if !seen[pkg] {
			t.Errorf("the table has %s, which is no package", pkg)
		}
	}
}
