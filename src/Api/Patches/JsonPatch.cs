using System.Diagnostics.CodeAnalysis;
using System.Globalization;
using System.Text.Json.Nodes;
using Slipway.Api.Documents;

namespace Slipway.Api.Patches;

/// <summary>JSON patch (<see href="https://www.rfc-editor.org/rfc/rfc6902"/>) over JSON pointers (RFC 6901).</summary>
public static class JsonPatch
{
    /// <summary>How the message of a patch that does not apply begins.</summary>
    public const string Refused = "the server rejected our request due to an error in our request: ";

    private const int MaxOperations = 10_000;

    // A few copies of copies would make a document of any size.
    private const int MaxCopied = 3 << 20;

    // What is put into a place is walked over, to see how deep it reaches; a patch may move a large value many times.
    private const int MaxWalked = 10_000_000;

    /// <summary>The patched document. The arguments stay as they are; if one operation does not apply, none does.</summary>
    /// <exception cref="ApiException">400: not a JSON patch. 422: an operation does not apply.</exception>
    public static JsonNode? Apply(JsonNode? document, JsonArray patch) =>
        TryApply(document, patch, out var patched, out var failedTest) ? patched : throw failedTest;

    /// <summary>The same, where an operation <c>test</c> that fails is no error: there is just no patched document.</summary>
    public static bool TryApply(JsonNode? document, JsonArray patch, out JsonNode? patched, [NotNullWhen(false)] out ApiException? failedTest)
    {
        failedTest = null;
        patched = null;
        if (patch.Count > MaxOperations) throw new ApiException(413, "RequestEntityTooLarge", $"the patch has {patch.Count} operations, {MaxOperations} are allowed");
        var root = document?.DeepClone();
        var work = new Work();
        for (var i = 0; i < patch.Count; i++)
        {
            root = new Operation(patch[i] as JsonObject ?? throw ApiException.BadRequest($"operation {i} of the JSON patch is not an object"), i).ApplyTo(root, work, out failedTest);
            if (failedTest is not null) return false;
        }
        patched = root;
        return true;
    }

    // What the operations of a patch have done together.
    private sealed class Work
    {
        public int Copied { get; set; }

        public int Walked { get; private set; }

        /// <summary>How deep a value is nested.</summary>
        public int DepthOf(JsonNode? value)
        {
            Walked++;
            return value switch
            {
                JsonObject map => 1 + map.Select(p => DepthOf(p.Value)).DefaultIfEmpty().Max(),
                JsonArray list => 1 + list.Select(DepthOf).DefaultIfEmpty().Max(),
                _ => 0,
            };
        }
    }

    private sealed class Operation(JsonObject operation, int index)
    {
        public JsonNode? ApplyTo(JsonNode? root, Work work, out ApiException? failedTest)
        {
            failedTest = null;
            var path = Pointer("path");
            switch (operation.Text("op"))
            {
                case "add":
                    return Add(root, path, Fitting(path, Value(), work));
                case "remove":
                    return Remove(root, path).Root;
                case "replace":
                    if (path.Length == 0) return Fitting(path, Value(), work);
                    Get(root, path);
                    return Replace(root, path, Fitting(path, Value(), work));
                case "move":
                    var from = Pointer("from");
                    if (path.Length > from.Length && path.Take(from.Length).SequenceEqual(from)) throw DoesNotApply("a value cannot be moved into itself");
                    var (rest, moved) = Remove(root, from);
                    return Add(rest, path, Fitting(path, moved, work));
                case "copy":
                    var source = Get(root, Pointer("from"));
                    work.Copied += source?.ToJsonString().Length ?? 4;
                    if (work.Copied > MaxCopied) throw DoesNotApply($"the accumulated size increase of copy is {work.Copied}, exceeding the limit {MaxCopied}");
                    return Add(root, path, Fitting(path, source?.DeepClone(), work));
                case "test":
                    // What is not there passes for null.
                    var tested = path.Length > 0 && Get(root, path[..^1]) is JsonObject parent ? parent[path[^1]] : Get(root, path);
                    if (!JsonNode.DeepEquals(tested, operation["value"])) failedTest = DoesNotApply("the value differs from the one tested for");
                    return root;
                case var other:
                    throw ApiException.BadRequest($"operation {index} of the JSON patch: \"{other}\" is none of add, remove, replace, move, copy, test");
            }
        }

        // No deeper than a document that is sent whole.
        private JsonNode? Fitting(string[] path, JsonNode? value, Work work)
        {
            if (path.Length + work.DepthOf(value) > DocumentReader.MaxDepth) throw DoesNotApply($"values are nested deeper than {DocumentReader.MaxDepth}");
            return work.Walked <= MaxWalked ? value : throw DoesNotApply("the patch moves too much");
        }

        private static JsonNode? Detach(JsonNode? node) => node?.Parent is null ? node : node.DeepClone();

        private JsonNode? Value() => operation.TryGetPropertyValue("value", out var value)
            ? value?.DeepClone()
            : throw ApiException.BadRequest($"operation {index} of the JSON patch has no value");

        private string[] Pointer(string member)
        {
            var text = operation.Text(member) ?? throw ApiException.BadRequest($"operation {index} of the JSON patch has no {member}");
            if (text.Length == 0) return [];
            if (text[0] != '/') throw ApiException.BadRequest($"operation {index} of the JSON patch: the {member} \"{text}\" must start with '/'");
            return [.. text[1..].Split('/').Select(s => s.Replace("~1", "/", StringComparison.Ordinal).Replace("~0", "~", StringComparison.Ordinal))];
        }

        private JsonNode? Add(JsonNode? root, string[] path, JsonNode? value)
        {
            if (path.Length == 0) return Detach(value);
            switch (Get(root, path[..^1]))
            {
                case JsonObject target:
                    target[path[^1]] = Detach(value);
                    return root;
                case JsonArray list:
                    list.Insert(path[^1] == "-" ? list.Count : Index(path[^1], list.Count), Detach(value));
                    return root;
                default:
                    throw DoesNotApply("the path leads into a value that is neither object nor list");
            }
        }

        private JsonNode? Replace(JsonNode? root, string[] path, JsonNode? value)
        {
            switch (Get(root, path[..^1]))
            {
                case JsonObject target: target[path[^1]] = value; break;
                case JsonArray list: list[Index(path[^1], list.Count - 1)] = value; break;
            }
            return root;
        }

        private (JsonNode? Root, JsonNode? Removed) Remove(JsonNode? root, string[] path)
        {
            if (path.Length == 0) return (null, root);
            var removed = Get(root, path);
            switch (Get(root, path[..^1]))
            {
                case JsonObject target: target.RemoveOne(path[^1]); break;
                case JsonArray list: list.RemoveAt(Index(path[^1], list.Count - 1)); break;
            }
            return (root, removed);
        }

        private JsonNode? Get(JsonNode? root, string[] path)
        {
            var current = root;
            foreach (var step in path)
            {
                current = current switch
                {
                    JsonObject o => o.TryGetPropertyValue(step, out var value) ? value : throw DoesNotApply($"there is no \"{step}\" on the way"),
                    JsonArray a => a[Index(step, a.Count - 1)],
                    _ => throw DoesNotApply($"there is no \"{step}\" on the way"),
                };
            }
            return current;
        }

        private int Index(string step, int last)
        {
            if (!int.TryParse(step, NumberStyles.None, CultureInfo.InvariantCulture, out var number) || (step.Length > 1 && step[0] == '0'))
                throw DoesNotApply($"\"{step}\" is not an index of a list");
            return number <= last ? number : throw DoesNotApply($"the index {number} is beyond the end of the list");
        }

        private ApiException DoesNotApply(string why) =>
            new(422, "Invalid", $"{Refused}operation {index} of the JSON patch, {operation.Text("op")} {operation.Text("path")}, does not apply: {why}");
    }
}
