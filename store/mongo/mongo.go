// Package mongo is the MongoDB backend: a collection of documents for each of
// the store's, one field for each of its indexes, and the JSON body as a
// document of its own under "body".
//
// It relies on the atomicity of single documents alone.
package mongo

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"net/url"
	"slices"
	"strings"
	"time"

	"go.mongodb.org/mongo-driver/v2/bson"
	"go.mongodb.org/mongo-driver/v2/mongo"
	"go.mongodb.org/mongo-driver/v2/mongo/options"
	"go.mongodb.org/mongo-driver/v2/mongo/readpref"
	"go.mongodb.org/mongo-driver/v2/mongo/writeconcern"

	"agentreport/store"
)

// DefaultDatabase is used where the URI names none.
const DefaultDatabase = "agent_report"

const (
	insertBatch = 1000
	// Larger batches of updates gain little, and a server that stands in for
	// MongoDB in the tests stalls on them.
	updateBatch = 40
	lookupBatch = 1000
	unsetBatch  = 200
)

// Backend is a store.Backend in a MongoDB database.
type Backend struct {
	client *mongo.Client
	db     *mongo.Database
}

// Open connects to the database that the URI names.
func Open(ctx context.Context, uri string) (*Backend, error) {
	opts := options.Client().ApplyURI(uri)
	if err := opts.Validate(); err != nil {
		return nil, fmt.Errorf("MONGODB_URI: %w", withoutSecrets(err, uri))
	}
	journaled := true
	wc := writeconcern.Majority()
	wc.Journal = &journaled
	opts.SetAppName("agent-report").SetWriteConcern(wc).SetReadPreference(readpref.Primary())
	if opts.ServerSelectionTimeout == nil {
		opts.SetServerSelectionTimeout(5 * time.Second)
	}
	if opts.Timeout == nil {
		opts.SetTimeout(30 * time.Second)
	}
	client, err := mongo.Connect(opts)
	if err != nil {
		return nil, fmt.Errorf("MongoDB: %w", withoutSecrets(err, uri))
	}
	b := &Backend{client, client.Database(databaseOf(uri))}
	if err := b.Ping(ctx); err != nil {
		return nil, errors.Join(fmt.Errorf("MongoDB: %w", err), b.Close())
	}
	return b, nil
}

// databaseOf is the database that a valid URI names: what stands between the hosts and the options. A slash before it is always escaped
// (https://www.mongodb.com/docs/manual/reference/connection-string/).
func databaseOf(uri string) string {
	_, rest, _ := strings.Cut(uri, "://")
	_, rest, _ = strings.Cut(rest, "/")
	name, _, _ := strings.Cut(rest, "?")
	if unescaped, err := url.QueryUnescape(name); err == nil {
		name = unescaped
	}
	return cmp.Or(name, DefaultDatabase)
}

// withoutSecrets keeps a URI, and so its password, out of an error.
func withoutSecrets(err error, uri string) error {
	if strings.Contains(err.Error(), uri) {
		return errors.New(strings.ReplaceAll(err.Error(), uri, "the URI"))
	}
	return err
}

// Declare makes the indexes that are not there yet.
func (b *Backend) Declare(ctx context.Context, collections ...*store.Collection) error {
	for _, c := range collections {
		if len(c.Indexes) == 0 {
			continue
		}
		view := b.db.Collection(c.Name).Indexes()
		have, err := view.ListSpecifications(ctx)
		if err != nil && !isCode(err, namespaceNotFound) {
			return fmt.Errorf("indexes of %s: %w", c.Name, wrap(err))
		}
		var missing []mongo.IndexModel
		for _, x := range c.Indexes {
			name := "by_" + x.Name
			if slices.ContainsFunc(have, func(s mongo.IndexSpecification) bool { return s.Name == name }) {
				continue
			}
			keys := bson.D{{Key: x.Name, Value: 1}}
			if !x.Many {
				keys = append(keys, bson.E{Key: "_id", Value: 1})
			}
			missing = append(missing, mongo.IndexModel{Keys: keys, Options: options.Index().SetName(name).SetSparse(true)})
		}
		if len(missing) == 0 {
			continue
		}
		if _, err := view.CreateMany(ctx, missing); err != nil {
			return fmt.Errorf("indexes of %s: %w", c.Name, wrap(err))
		}
	}
	return nil
}

// Codes of the server's errors.
const (
	namespaceNotFound = 26
	duplicateKey      = 11000
)

func isCode(err error, code int) bool {
	var e mongo.ServerError
	return errors.As(err, &e) && e.HasErrorCode(code)
}

// Atomic reports that a batch is not.
func (b *Backend) Atomic() bool { return false }

// Atomically runs f, step by step.
func (b *Backend) Atomically(_ context.Context, f func(store.Backend) error) error { return f(b) }

// Scrub has nothing to do: the server keeps no trace that a client could remove.
func (b *Backend) Scrub(context.Context) error { return nil }

// Ping asks the primary.
func (b *Backend) Ping(ctx context.Context) error {
	return wrap(b.client.Ping(ctx, readpref.Primary()))
}

// Close ends all connections.
func (b *Backend) Close() error {
	ctx, cancel := context.WithTimeout(context.Background(), 5*time.Second)
	defer cancel()
	return b.client.Disconnect(ctx)
}

// document is how a store.Doc is kept. Its index values are fields beside it.
type document struct {
	ID      string   `bson:"_id"`
	Version int64    `bson:"version"`
	Body    bson.Raw `bson:"body"`
}

func toBSON(c *store.Collection, d *store.Doc, version int64) (bson.D, error) {
	var body bson.D
	if err := bson.UnmarshalExtJSON(d.Body, false, &body); err != nil {
		return nil, fmt.Errorf("%s %s: %w", c.Name, d.ID, err)
	}
	doc := bson.D{{Key: "_id", Value: d.ID}, {Key: "version", Value: version}}
	for _, x := range c.Indexes {
		var values bson.A
		for _, k := range d.Keys {
			if k.Index == x.Name {
				values = append(values, k.Value)
			}
		}
		switch {
		case len(values) == 0:
		case x.Many:
			doc = append(doc, bson.E{Key: x.Name, Value: values})
		default:
			doc = append(doc, bson.E{Key: x.Name, Value: values[0]})
		}
	}
	return append(doc, bson.E{Key: "body", Value: body}), nil
}

func fromBSON(c *store.Collection, d *document) (store.Doc, error) {
	body, err := bson.MarshalExtJSON(d.Body, false, false)
	if err != nil {
		return store.Doc{}, fmt.Errorf("%s %s: %w", c.Name, d.ID, err)
	}
	return store.Doc{ID: d.ID, Version: d.Version, Body: body}, nil
}

// Insert adds each document whose id is not there yet.
func (b *Backend) Insert(ctx context.Context, c *store.Collection, docs []store.Doc) ([]bool, error) {
	inserted := make([]bool, len(docs))
	for start := 0; start < len(docs); start += insertBatch {
		chunk := docs[start:min(start+insertBatch, len(docs))]
		models := make([]any, len(chunk))
		for i := range chunk {
			m, err := toBSON(c, &chunk[i], 1)
			if err != nil {
				return inserted, err
			}
			models[i] = m
		}
		_, err := b.db.Collection(c.Name).InsertMany(ctx, models, options.InsertMany().SetOrdered(false))
		var bulk mongo.BulkWriteException
		if err != nil && (!errors.As(err, &bulk) || bulk.WriteConcernError != nil) {
			return inserted, wrap(err)
		}
		for i := range chunk {
			inserted[start+i] = true
		}
		for _, e := range bulk.WriteErrors {
			if !e.HasErrorCode(duplicateKey) {
				return inserted, wrap(e)
			}
			inserted[start+e.Index] = false
		}
	}
	return inserted, nil
}

// Get returns those documents that exist, sorted by id.
func (b *Backend) Get(ctx context.Context, c *store.Collection, ids []string) ([]store.Doc, error) {
	return b.lookup(ctx, c, "_id", ids, store.Query{})
}

// Find returns the documents of a query.
func (b *Backend) Find(ctx context.Context, c *store.Collection, q store.Query) ([]store.Doc, error) {
	if q.In != nil {
		return b.lookup(ctx, c, q.Index, q.In, q)
	}
	key := q.Index
	sort := bson.D{{Key: key, Value: 1}, {Key: "_id", Value: 1}}
	if key == "" {
		key = "_id"
		sort = bson.D{{Key: "_id", Value: 1}}
	}
	bounds := bson.D{{Key: "$gte", Value: q.From}}
	if q.To != "" {
		bounds = append(bounds, bson.E{Key: "$lt", Value: q.To})
	}
	filter := bson.D{{Key: key, Value: bounds}}
	switch {
	case q.After == (store.Cursor{}):
	case q.Index == "":
		filter = append(filter, bson.E{Key: "$and", Value: bson.A{bson.D{{Key: "_id", Value: bson.D{{Key: "$gt", Value: q.After.ID}}}}}})
	default:
		filter = append(filter, bson.E{Key: "$or", Value: bson.A{
			bson.D{{Key: key, Value: bson.D{{Key: "$gt", Value: q.After.Value}}}},
			bson.D{{Key: key, Value: q.After.Value}, {Key: "_id", Value: bson.D{{Key: "$gt", Value: q.After.ID}}}},
		}})
	}
	return b.collect(ctx, c, nil, filter, options.Find().SetSort(sort).SetLimit(int64(q.Limit)))
}

// lookup finds documents by exact values and returns each once, sorted by id.
func (b *Backend) lookup(ctx context.Context, c *store.Collection, field string, values []string, q store.Query) ([]store.Doc, error) {
	var docs []store.Doc
	for chunk := range slices.Chunk(values, lookupBatch) {
		filter := bson.D{{Key: field, Value: bson.D{{Key: "$in", Value: chunk}}}}
		if q.After.ID != "" {
			filter = append(filter, bson.E{Key: "_id", Value: bson.D{{Key: "$gt", Value: q.After.ID}}})
		}
		var err error
		if docs, err = b.collect(ctx, c, docs, filter, options.Find().SetSort(bson.D{{Key: "_id", Value: 1}}).SetLimit(int64(q.Limit))); err != nil {
			return nil, err
		}
	}
	if len(values) > lookupBatch {
		slices.SortFunc(docs, func(a, b store.Doc) int { return strings.Compare(a.ID, b.ID) })
		docs = slices.CompactFunc(docs, func(a, b store.Doc) bool { return a.ID == b.ID })
	}
	return docs, nil
}

func (b *Backend) collect(ctx context.Context, c *store.Collection, docs []store.Doc, filter bson.D, opts *options.FindOptionsBuilder) ([]store.Doc, error) {
	fields := bson.D{{Key: "_id", Value: 1}, {Key: "version", Value: 1}, {Key: "body", Value: 1}}
	cursor, err := b.db.Collection(c.Name).Find(ctx, filter, opts.SetProjection(fields))
	if err != nil {
		return nil, wrap(err)
	}
	defer cursor.Close(ctx)
	for cursor.Next(ctx) {
		var d document
		if err := cursor.Decode(&d); err != nil {
			return nil, fmt.Errorf("%s: %w", c.Name, err)
		}
		doc, err := fromBSON(c, &d)
		if err != nil {
			return nil, err
		}
		docs = append(docs, doc)
	}
	return docs, wrap(cursor.Err())
}

// Swap replaces each document whose stored version is the given one.
func (b *Backend) Swap(ctx context.Context, c *store.Collection, docs []store.Doc) ([]bool, error) {
	swapped := make([]bool, len(docs))
	for start := 0; start < len(docs); start += updateBatch {
		chunk := docs[start:min(start+updateBatch, len(docs))]
		models := make([]mongo.WriteModel, len(chunk))
		for i := range chunk {
			m, err := toBSON(c, &chunk[i], chunk[i].Version+1)
			if err != nil {
				return swapped, err
			}
			models[i] = mongo.NewReplaceOneModel().
				SetFilter(bson.D{{Key: "_id", Value: chunk[i].ID}, {Key: "version", Value: chunk[i].Version}}).
				SetReplacement(m)
		}
		res, err := b.db.Collection(c.Name).BulkWrite(ctx, models, options.BulkWrite().SetOrdered(false))
		if err != nil {
			return swapped, wrap(err)
		}
		if res.MatchedCount != int64(len(chunk)) && res.MatchedCount > 0 {
			// The server counts, it does not tell which.
			if err := b.whichSwapped(ctx, c, chunk, swapped[start:]); err != nil {
				return swapped, err
			}
			continue
		}
		for i := range chunk {
			swapped[start+i] = res.MatchedCount > 0
		}
	}
	return swapped, nil
}

// whichSwapped tells apart the documents of a batch of which only some were
// replaced: those that now have the next version and our body. Somebody else
// who wrote the same body at the same version did for us what we wanted.
func (b *Backend) whichSwapped(ctx context.Context, c *store.Collection, docs []store.Doc, swapped []bool) error {
	ids := make([]string, len(docs))
	for i := range docs {
		ids[i] = docs[i].ID
	}
	now, err := b.Get(ctx, c, ids)
	if err != nil {
		return err
	}
	stored := make(map[string]store.Doc, len(now))
	for _, d := range now {
		stored[d.ID] = d
	}
	for i := range docs {
		want, err := toBSON(c, &docs[i], docs[i].Version+1)
		if err != nil {
			return err
		}
		have := stored[docs[i].ID]
		have.Keys = docs[i].Keys
		if have.Version != docs[i].Version+1 {
			continue
		}
		got, err := toBSON(c, &have, have.Version)
		if err != nil {
			return err
		}
		swapped[i] = equal(want, got)
	}
	return nil
}

func equal(a, b bson.D) bool {
	x, errX := bson.Marshal(a)
	y, errY := bson.Marshal(b)
	return errX == nil && errY == nil && string(x) == string(y)
}

// Unset takes documents out of an index, and its field out of their bodies.
func (b *Backend) Unset(ctx context.Context, c *store.Collection, index string, docs []store.Doc) error {
	byVersion := map[int64][]string{}
	for _, d := range docs {
		byVersion[d.Version] = append(byVersion[d.Version], d.ID)
	}
	for version, ids := range byVersion {
		slices.Sort(ids)
		for chunk := range slices.Chunk(ids, unsetBatch) {
			// The bounds say no more than the list. A server that has no index for it
			// (the one in the tests) compares most documents with them alone.
			filter := bson.D{
				{Key: "_id", Value: bson.D{{Key: "$gte", Value: chunk[0]}, {Key: "$lte", Value: chunk[len(chunk)-1]}, {Key: "$in", Value: chunk}}},
				{Key: "version", Value: version},
			}
			change := bson.D{
				{Key: "$unset", Value: bson.D{{Key: index, Value: ""}, {Key: "body." + index, Value: ""}}},
				{Key: "$inc", Value: bson.D{{Key: "version", Value: int64(1)}}},
			}
			if _, err := b.db.Collection(c.Name).UpdateMany(ctx, filter, change); err != nil {
				return wrap(err)
			}
		}
	}
	return nil
}

// Touch adds one to the version of each document.
func (b *Backend) Touch(ctx context.Context, c *store.Collection, ids []string) error {
	for chunk := range slices.Chunk(ids, updateBatch) {
		models := make([]mongo.WriteModel, len(chunk))
		for i, id := range chunk {
			models[i] = mongo.NewUpdateOneModel().SetFilter(bson.D{{Key: "_id", Value: id}}).SetUpsert(true).SetUpdate(bson.D{
				{Key: "$inc", Value: bson.D{{Key: "version", Value: int64(1)}}},
				{Key: "$setOnInsert", Value: bson.D{{Key: "body", Value: bson.D{}}}},
			})
		}
		if err := b.touch(ctx, c, models); err != nil {
			return err
		}
	}
	return nil
}

// touch writes a batch again where two upserts of one new document met: the
// server lets one of them fail, and what it did not do is in no batch twice.
func (b *Backend) touch(ctx context.Context, c *store.Collection, models []mongo.WriteModel) error {
	for {
		_, err := b.db.Collection(c.Name).BulkWrite(ctx, models, options.BulkWrite().SetOrdered(false))
		var bulk mongo.BulkWriteException
		if !errors.As(err, &bulk) || bulk.WriteConcernError != nil {
			return wrap(err)
		}
		var again []mongo.WriteModel
		for _, e := range bulk.WriteErrors {
			if !e.HasErrorCode(duplicateKey) {
				return wrap(e)
			}
			again = append(again, models[e.Index])
		}
		models = again
	}
}

// Delete removes documents.
func (b *Backend) Delete(ctx context.Context, c *store.Collection, ids []string) error {
	for chunk := range slices.Chunk(ids, lookupBatch) {
		if _, err := b.db.Collection(c.Name).DeleteMany(ctx, bson.D{{Key: "_id", Value: bson.D{{Key: "$in", Value: chunk}}}}); err != nil {
			return wrap(err)
		}
	}
	return nil
}

// wrap marks the errors of a database that is away.
func wrap(err error) error {
	if err == nil {
		return nil
	}
	var selection interface{ Unwrap() error }
	if mongo.IsNetworkError(err) || mongo.IsTimeout(err) || errors.Is(err, mongo.ErrClientDisconnected) ||
		errors.As(err, &selection) && strings.Contains(err.Error(), "server selection error") {
		return fmt.Errorf("%w: %w", store.ErrAway, err)
	}
	var server mongo.ServerError
	if errors.As(err, &server) && (server.HasErrorLabel("RetryableWriteError") || server.HasErrorLabel("TransientTransactionError")) {
		return fmt.Errorf("%w: %w", store.ErrAway, err)
	}
	return err
}
