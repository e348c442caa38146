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

// rule says on which level a package stands, and what it may import beyond the
// standard library: of this module, which stands on a lower level, and of others
// by the beginning of their path.
type rule struct {
	level int
	may   []string
}

var rules = map[string]rule{
	"reports":                   {0, nil},
	"bot/fakeslack":             {0, []string{"github.com/coder/websocket"}},
	"reports/topics/embeddings": {0, nil},
	"store/mongo/mongotest":     {0, []string{"go.mongodb.org/mongo-driver/v2"}},

	"bot/fakeslack/storybook": {1, []string{"bot/fakeslack"}},
	"reports/lang":            {1, []string{"reports", "github.com/nicksnyder/go-i18n/v2", "github.com/BurntSushi/toml", "golang.org/x/text"}},
	"reports/sample":          {1, []string{"reports"}},
	"reports/topics":          {1, []string{"reports", "github.com/kljensen/snowball", "golang.org/x/text"}},
	"bot/webhook":             {1, []string{"reports"}},
	"handlers/ingest":         {1, []string{"reports", "github.com/go-json-experiment/json", "github.com/agnivade/levenshtein", "golang.org/x/text"}},

	"reports/chart": {2, []string{"reports", "reports/lang", "github.com/wcharczuk/go-chart/v2", "github.com/golang/freetype", "golang.org/x/image", "golang.org/x/text"}},
	"store":         {2, []string{"reports", "reports/topics", "github.com/go-json-experiment/json"}},
	"bot/views":     {2, []string{"reports", "reports/lang", "reports/topics", "github.com/slack-go/slack"}},

	"store/mongo":     {3, []string{"store", "go.mongodb.org/mongo-driver/v2"}},
	"store/sqlite":    {3, []string{"store", "modernc.org/sqlite"}},
	"store/storetest": {3, []string{"store", "reports", "reports/topics", "github.com/google/go-cmp"}},

	"bot/delivery": {3, []string{"reports", "reports/chart", "reports/lang", "bot/views", "github.com/slack-go/slack", "github.com/robfig/cron/v3"}},

	"bot": {4, []string{"reports", "reports/lang", "reports/topics", "bot/views", "bot/delivery", "github.com/slack-go/slack", "github.com/agnivade/levenshtein"}},

	"handlers/sources": {2, []string{"reports", "handlers/ingest", "github.com/go-json-experiment/json", "github.com/itchyny/gojq", "golang.org/x/net/html", "go.opentelemetry.io/proto/slim/otlp", "google.golang.org/protobuf"}},

	"handlers": {5, []string{"reports", "handlers/ingest", "handlers/sources", "github.com/slack-go/slack", "github.com/go-json-experiment/json", "github.com/prometheus/client_golang"}},

	"cmd/agent-report": {6, []string{
		"reports", "bot/webhook", "reports/topics/embeddings", "reports/chart", "reports/lang", "reports/sample", "reports/topics", "store", "store/mongo", "store/sqlite", "bot", "bot/delivery", "bot/views", "bot/fakeslack", "handlers", "handlers/ingest", "handlers/sources",
		"github.com/alecthomas/kong", "github.com/go-json-experiment/json", "github.com/schollz/progressbar/v3", "github.com/slack-go/slack", "golang.org/x/term",
	}},
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
		own, known := rules[pkg]
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
			if name == "encoding/json" && slices.Contains(own.may, "github.com/go-json-experiment/json") {
				t.Errorf("%s imports %s: %s has another JSON library", path, name, pkg)
			}
			if other, ok := strings.CutPrefix(name, module+"/"); ok {
				if !slices.Contains(own.may, other) || rules[other].level >= own.level {
					t.Errorf("%s imports %s: %s may not", path, other, pkg)
				}
				continue
			}
			if first, _, _ := strings.Cut(name, "/"); !strings.Contains(first, ".") {
				continue // the standard library
			}
			if !slices.ContainsFunc(own.may, func(m string) bool { return name == m || strings.HasPrefix(name, m+"/") }) {
				t.Errorf("%s imports %s: %s may not", path, name, pkg)
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	for pkg := range rules {
		if !seen[pkg] {
			t.Errorf("the table has %s, which is no package", pkg)
		}
	}
}
