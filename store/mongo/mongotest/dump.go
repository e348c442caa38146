package mongotest

import (
	"bufio"
	"bytes"
	"compress/gzip"
	"context"
	"errors"
	"fmt"
	"io"
	"slices"

	"go.mongodb.org/mongo-driver/v2/bson"
	"go.mongodb.org/mongo-driver/v2/mongo"
)

// kept is a line of a dump: an index or a document of a collection.
type kept struct {
	Collection string   `bson:"collection"`
	Index      string   `bson:"index,omitempty"` // its name
	Keys       bson.D   `bson:"keys,omitempty"`
	Sparse     bool     `bson:"sparse,omitempty"`
	Document   bson.Raw `bson:"document,omitempty"`
}

// Dump writes every index and document of a database, gzipped, in Extended JSON.
func Dump(ctx context.Context, db *mongo.Database, w io.Writer) error {
	z := gzip.NewWriter(w)
	line := func(k kept) error {
		b, err := bson.MarshalExtJSON(k, true, false)
		if err == nil {
			_, err = z.Write(append(b, '\n'))
		}
		return err
	}
	names, err := db.ListCollectionNames(ctx, bson.D{})
	if err != nil {
		return err
	}
	slices.Sort(names)
	for _, name := range names {
		indexes, err := db.Collection(name).Indexes().ListSpecifications(ctx)
		if err != nil {
			return fmt.Errorf("%s: %w", name, err)
		}
		for _, x := range indexes {
			if x.Name == "_id_" {
				continue
			}
			var keys bson.D
			if err := bson.Unmarshal(x.KeysDocument, &keys); err != nil {
				return fmt.Errorf("%s: index %s: %w", name, x.Name, err)
			}
			if err := line(kept{Collection: name, Index: x.Name, Keys: keys, Sparse: x.Sparse != nil && *x.Sparse}); err != nil {
				return err
			}
		}
		cursor, err := db.Collection(name).Find(ctx, bson.D{})
		if err != nil {
			return fmt.Errorf("%s: %w", name, err)
		}
		for cursor.Next(ctx) {
			if err := line(kept{Collection: name, Document: cursor.Current}); err != nil {
				return errors.Join(err, cursor.Close(ctx))
			}
		}
		if err := errors.Join(cursor.Err(), cursor.Close(ctx)); err != nil {
			return fmt.Errorf("%s: %w", name, err)
		}
	}
	return z.Close()
}

// Load puts what Dump wrote into an empty database.
func Load(ctx context.Context, db *mongo.Database, r io.Reader) error {
	z, err := gzip.NewReader(r)
	if err != nil {
		return err
	}
	lines := bufio.NewReader(z)
	for {
		b, err := lines.ReadBytes('\n')
		if err == io.EOF && len(bytes.TrimSpace(b)) == 0 {
			return nil
		}
		if err != nil {
			return err
		}
		var k kept
		if err := bson.UnmarshalExtJSON(b, true, &k); err != nil {
			return err
		}
		c := db.Collection(k.Collection)
		if k.Index != "" {
			create := bson.D{{Key: "createIndexes", Value: k.Collection}, {Key: "indexes", Value: bson.A{
				bson.D{{Key: "key", Value: k.Keys}, {Key: "name", Value: k.Index}, {Key: "sparse", Value: k.Sparse}},
			}}}
			if err := db.RunCommand(ctx, create).Err(); err != nil {
				return fmt.Errorf("%s: index %s: %w", k.Collection, k.Index, err)
			}
			continue
		}
		if _, err := c.InsertOne(ctx, k.Document); err != nil {
			return fmt.Errorf("%s: %w", k.Collection, err)
		}
	}
}
