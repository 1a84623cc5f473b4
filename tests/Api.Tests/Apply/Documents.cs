using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using Slipway.Api.Apply;
using Slipway.Api.Schemas;

namespace Slipway.Api.Tests.Apply;

/// <summary>A schema with every way in which fields are owned, and random documents of it.</summary>
internal static class Documents
{
    public static Schema Schema { get; } = StructuralSchema.Parse(Json.Of("""
        type: object
        properties:
          spec:
            type: object
            properties:
              name: {type: string}
              count: {type: integer}
              settings: {type: object, additionalProperties: {type: string}}
              selector: {type: object, x-kubernetes-map-type: atomic, additionalProperties: {type: string}}
              args: {type: array, items: {type: string}}
              tags: {type: array, x-kubernetes-list-type: set, items: {type: string}}
              items:
                type: array
                x-kubernetes-list-type: map
                x-kubernetes-list-map-keys: [key]
                items:
                  type: object
                  required: [key]
                  properties:
                    key: {type: string}
                    value: {type: string}
                    more: {type: object, properties: {a: {type: integer}, b: {type: integer}}}
              ports:
                type: array
                x-kubernetes-list-type: map
                x-kubernetes-list-map-keys: [port, protocol]
                items:
                  type: object
                  required: [port]
                  properties: {port: {type: integer}, protocol: {type: string, default: TCP}, name: {type: string}}
              free: {type: object, x-kubernetes-preserve-unknown-fields: true}
          status: {type: object, properties: {phase: {type: string}}}
        """), "schema");

    public static FieldManager Manager(string name, int second = 0, FieldScope scope = FieldScope.Everything, string subresource = "") =>
        new(name, "example.com/v1", subresource, scope, new DateTimeOffset(2030, 1, 1, 0, 0, second, TimeSpan.Zero));

    /// <summary>Applies where all owners write in one version.</summary>
    public static Applied Apply(FieldManager manager, Schema schema, JsonObject live, JsonObject configuration, ManagedFields held, bool force) =>
        Done(ServerSideApply.ApplyAsync(manager, schema, live, configuration, held, force));

    /// <summary>The owners after an update where all write in one version.</summary>
    public static ManagedFields? AfterUpdate(FieldManager manager, Schema schema, JsonObject live, JsonObject updated, Func<ManagedFields> held) =>
        Done(FieldOwnership.AfterUpdateAsync(manager, schema, live, updated, held));

    // Without conversions nothing is waited for.
    private static T Done<T>(ValueTask<T> task)
    {
        Assert.True(task.IsCompleted);
        return task.GetAwaiter().GetResult();
    }

    /// <summary>A random document: each field is there or not.</summary>
    public static JsonObject Any(Random random)
    {
        var spec = new JsonObject();
        if (Maybe()) spec["name"] = Word();
        if (Maybe()) spec["count"] = random.Next(3);
        if (Maybe()) spec["settings"] = Words("abc");
        if (Maybe()) spec["selector"] = Words("xy");
        if (Maybe()) spec["args"] = new JsonArray([.. Enumerable.Range(0, random.Next(1, 3)).Select(_ => (JsonNode)Word())]);
        if (Maybe()) spec["tags"] = new JsonArray([.. Some("pqrs").Select(t => (JsonNode)t)]);
        if (Maybe()) spec["items"] = new JsonArray([.. Some("klmn").Select(Item)]);
        if (Maybe()) spec["ports"] = new JsonArray([.. Some("123").Select(Port)]);
        if (Maybe()) spec["free"] = new JsonObject { ["deep"] = Words("ab"), ["list"] = new JsonArray(Word()) };
        return new JsonObject { ["apiVersion"] = "example.com/v1", ["kind"] = "Thing", ["metadata"] = new JsonObject { ["name"] = "x" }, ["spec"] = spec };

        bool Maybe() => random.Next(2) == 0;
        string Word() => random.GetString("uvw", 1);
        List<string> Some(string letters)
        {
            var some = letters.Select(l => l.ToString()).Where(_ => Maybe()).ToArray();
            random.Shuffle(some);
            return some.Length > 0 ? [.. some] : [letters[..1]];
        }

        JsonObject Words(string letters) => new(Some(letters).Select(l => KeyValuePair.Create(l, (JsonNode?)Word())));
        JsonNode Item(string key)
        {
            var item = new JsonObject { ["key"] = key };
            if (Maybe()) item["value"] = Word();
            if (Maybe()) item["more"] = Maybe() ? new JsonObject { ["a"] = random.Next(2) } : new JsonObject { ["a"] = 1, ["b"] = random.Next(2) };
            return item;
        }

        JsonNode Port(string number)
        {
            var port = new JsonObject { ["port"] = int.Parse(number, System.Globalization.CultureInfo.InvariantCulture) };
            if (Maybe()) port["protocol"] = "UDP";
            if (Maybe()) port["name"] = Word();
            return port;
        }
    }

    /// <summary>The set that FieldsV1 stands for.</summary>
    public static FieldSet Set(string json)
    {
        var reader = new Utf8JsonReader(Encoding.UTF8.GetBytes(json));
        reader.Read();
        return FieldsV1.Read(ref reader);
    }

    /// <summary>The leaves of a document that are owned as such: scalars, and atomic maps and lists.</summary>
    public static IEnumerable<string[]> Leaves(JsonObject document) => Leaves(Schema, document, [], true);

    private static IEnumerable<string[]> Leaves(Schema? schema, JsonNode? value, string[] path, bool isRoot)
    {
        switch (Shapes.Of(schema, value))
        {
            case Shape.Map:
                return ((JsonObject)value!).Where(f => !isRoot || f.Key == "spec").SelectMany(f => Leaves(schema?.Find(f.Key, isRoot), f.Value, [.. path, "f:" + f.Key], false));
            case var shape and not Shape.Leaf:
                var list = (JsonArray)value!;
                return Shapes.ElementsOf(schema, shape, list).SelectMany((e, i) => shape == Shape.Set ? [[.. path, e]] : Leaves(schema!.Items, list[i], [.. path, e], false));
            default:
                return [path];
        }
    }
}
