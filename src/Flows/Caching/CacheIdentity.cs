using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using k8s.Models;
using Slipway.Api.Kinds;

namespace Slipway.Flows;

/// <summary>
/// What the result of an attempt depends on, part by part as hashes, so that two can be compared and what differs be named. With the digest of
/// the image they make the key of the result.
/// </summary>
public sealed record CacheIdentity
{
    private const int PartDigits = 16;

    private static readonly string[] OfThisAttempt = ["SLIPWAY_RUN", "SLIPWAY_TASK", "SLIPWAY_ATTEMPT"];

    private CacheIdentity(string scope, SortedDictionary<string, string> parts)
    {
        Scope = scope;
        Parts = parts;
    }

    /// <summary>Whose results count: a task of a flow, or the whole namespace.</summary>
    public string Scope { get; }

    /// <summary>Hashes of the parts by their names, such as <c>command</c>, <c>param since</c> or <c>input raw</c>; all but the image.</summary>
    public IReadOnlyDictionary<string, string> Parts { get; }

    /// <summary>The identity of an attempt.</summary>
    /// <param name="flow">Name of the run's flow.</param>
    /// <param name="task">Where the task is defined: its path without indexes.</param>
    /// <param name="declared">The task.</param>
    /// <param name="command">Its command, evaluated.</param>
    /// <param name="environment">Its variables, evaluated.</param>
    /// <param name="inputs">Paths and hashes of what it reads.</param>
    /// <param name="beside">What else of its pod it depends on; empty as a rule.</param>
    /// <param name="key">What its own key evaluates to; null for none.</param>
    public static CacheIdentity Of(
        string flow, string task, FlowTask declared, IReadOnlyList<string> command, IReadOnlyList<V1EnvVar> environment, IReadOnlyList<KeyValuePair<string, string>> inputs, IReadOnlyList<string> beside,
        string? key)
    {
        var parts = new SortedDictionary<string, string>(StringComparer.Ordinal) { ["command"] = Hash(command) };
        foreach (var variable in environment.Where(e => !OfThisAttempt.Contains(e.Name)))
            Add(parts, variable, key is not null);
        foreach (var input in inputs.GroupBy(i => i.Key.Split('/')[0]))
            parts[$"input {input.Key}"] = Hash(input.OrderBy(i => i.Key, StringComparer.Ordinal).SelectMany(i => new[] { i.Key, i.Value }));
        parts["outputs"] = Hash(Outputs(declared.Outputs?.Files).Append("").Concat(Outputs(declared.Outputs?.Values)));
        if (beside.Count > 0)
            parts["pod"] = Hash(beside);
        if (key is not null)
            parts["key"] = Hash([key]);
        return new CacheIdentity(declared.Cache?.Scope == TaskCache.NamespaceScope ? "namespace" : $"flow {flow} task {task}", parts);
    }

    /// <summary>The key of the result: 64 hexadecimal digits.</summary>
    /// <param name="digest">The image by digest.</param>
    public string Key(string digest) => Whole([Scope, digest, .. Parts.SelectMany(p => new[] { p.Key, p.Value })]);

    /// <summary>The names of the parts in which another identity differs; none if only the image can.</summary>
    public IReadOnlyList<string> DifferenceFrom(CacheIdentity other) =>
        [.. Parts.Keys.Union(other.Parts.Keys).Where(p => Parts.GetValueOrDefault(p) != other.Parts.GetValueOrDefault(p)).Order(StringComparer.Ordinal)];

    /// <summary>The identity as text, from which <see cref="Parse"/> reads it.</summary>
    public string Text() => new JsonObject
    {
        ["scope"] = Scope,
        ["parts"] = new JsonObject(Parts.Select(p => KeyValuePair.Create(p.Key, (JsonNode?)p.Value))),
    }.ToJsonString();

    /// <summary>Reads an identity; null if the text is none.</summary>
    public static CacheIdentity? Parse(string? text)
    {
        if (string.IsNullOrEmpty(text))
            return null;
        try
        {
            return JsonNode.Parse(text) is JsonObject json && json["scope"]?.GetValue<string>() is { } scope && json["parts"] is JsonObject parts
                ? new CacheIdentity(scope, new SortedDictionary<string, string>(parts.ToDictionary(p => p.Key, p => p.Value!.GetValue<string>()), StringComparer.Ordinal))
                : null;
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException)
        {
            return null; // an annotation that somebody has changed
        }
    }

    private static void Add(SortedDictionary<string, string> parts, V1EnvVar variable, bool hasKey)
    {
        switch (variable.Name)
        {
            case "SLIPWAY_PARAMS":
                foreach (var (name, value) in hasKey ? [] : JsonNode.Parse(variable.Value) as JsonObject ?? [])
                    parts[$"param {name}"] = Hash([value?.ToJsonString() ?? "null"]);
                break;
            case "SLIPWAY_START" or "SLIPWAY_END":
                if (!hasKey)
                    parts[variable.Name == "SLIPWAY_START" ? "run.start" : "run.end"] = Hash([variable.Value]);
                break;
            case "SLIPWAY_ITEM":
                parts["item"] = Hash([variable.Value]);
                break;
            case "SLIPWAY_ITERATION":
                parts["iteration"] = Hash([variable.Value]);
                break;
            default:
                // Of a Secret or ConfigMap it is the place, not the content: that nobody is to find out by hashes.
                var (secret, map) = (variable.ValueFrom?.SecretKeyRef, variable.ValueFrom?.ConfigMapKeyRef);
                parts[$"env {variable.Name}"] = Hash([variable.Value ?? "", secret?.Name ?? "", secret?.Key ?? "", map?.Name ?? "", map?.Key ?? ""]);
                break;
        }
    }

    private static IEnumerable<string> Outputs(Dictionary<string, string>? outputs) =>
        (outputs ?? []).OrderBy(o => o.Key, StringComparer.Ordinal).SelectMany(o => new[] { o.Key, o.Value });

    private static string Hash(IEnumerable<string> texts) => Whole(texts)[..PartDigits];

    /// <summary>A hash of texts, each with its length, so that no two lists read the same.</summary>
    private static string Whole(IEnumerable<string> texts)
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        foreach (var text in texts)
        {
            var bytes = Encoding.UTF8.GetBytes(text);
            hash.AppendData(BitConverter.GetBytes((long)bytes.Length));
            hash.AppendData(bytes);
        }

        return Convert.ToHexStringLower(hash.GetHashAndReset());
    }
}
