package mongo

import (
	"testing"

	"go.mongodb.org/mongo-driver/v2/mongo/options"
)

func TestDatabaseOf(t *testing.T) {
	for _, tt := range []struct{ uri, want string }{
		{"mongodb://localhost", DefaultDatabase},
		{"mongodb://localhost/", DefaultDatabase},
		{"mongodb://localhost/?w=majority", DefaultDatabase},
		{"mongodb://localhost/reports", "reports"},
		{"mongodb://localhost/agent%20reports?authSource=admin", "agent reports"},
		{"mongodb://a:27017,b:27018,[::1]:27019/reports?replicaSet=rs0&appName=%2Fetc", "reports"},
		{"mongodb://me:p%2Fa%40s%3Fs@localhost/reports", "reports"},
		{"mongodb://me:pass?@localhost/reports", "reports"},
		{"mongodb://me:p@localhost/?appName=a/b@c", DefaultDatabase},
		{"mongodb://%2Ftmp%2Fmongodb.sock/reports", "reports"},
	} {
		if err := options.Client().ApplyURI(tt.uri).Validate(); err != nil {
			t.Errorf("the driver refuses %s: %v", tt.uri, err)
		}
		if got := databaseOf(tt.uri); got != tt.want {
			t.Errorf("databaseOf(%s) = %q; want %q", tt.uri, got, tt.want)
		}
	}
}
