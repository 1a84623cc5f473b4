using System.Text.Json.Nodes;
using Slipway.Api.Schemas;

namespace Slipway.Api.Apply;

/// <summary>The other versions of a kind, in which owners of fields may have written.</summary>
public interface IOtherVersions
{
    /// <summary>The schema of a version; null for one that the kind does not have any longer.</summary>
    Schema? SchemaOf(string apiVersion);

    /// <summary>A document in another version; the argument stays as it is.</summary>
    /// <exception cref="ApiException">It could not be converted.</exception>
    ValueTask<JsonObject> ConvertAsync(JsonObject document, string apiVersion, CancellationToken cancellation);
}

/// <summary>
/// The documents of one write in every version that fields are owned in. Where nothing is said of other versions, all are taken to
/// name fields alike.
/// </summary>
/// <param name="apiVersion">Version of the write.</param>
/// <param name="schema">Its schema.</param>
/// <param name="others">The other versions.</param>
internal sealed class VersionForms(string apiVersion, Schema schema, IOtherVersions? others)
{
    /// <summary>Version of the write.</summary>
    public string ApiVersion => apiVersion;

    /// <summary>The schema of a version; null when there is none any longer.</summary>
    public Schema? SchemaOf(string version) => others is null || version == apiVersion ? schema : others.SchemaOf(version);

    /// <summary>A document of one version in another one.</summary>
    public ValueTask<JsonObject> ConvertAsync(JsonObject document, string from, string to, CancellationToken cancellation) =>
        others is null || from == to || document.Count == 0 ? new(document) : others.ConvertAsync(document, to, cancellation);

    /// <summary>How two documents of the write differ, in each of the versions that entries have; those versions are missing that there are none of any longer.</summary>
    public async ValueTask<IReadOnlyDictionary<string, Comparison>> CompareAsync(
        JsonObject before, JsonObject after, Comparison own, IEnumerable<ManagerEntry> entries, FieldScope scope, CancellationToken cancellation)
    {
        var result = new Dictionary<string, Comparison>(StringComparer.Ordinal) { [apiVersion] = own };
        foreach (var entry in entries)
        {
            var version = entry.ApiVersion;
            if (result.ContainsKey(version) || SchemaOf(version) is not { } known) continue;
            result[version] = others is null
                ? own
                : Comparison.Between(known, await ConvertAsync(before, apiVersion, version, cancellation), await ConvertAsync(after, apiVersion, version, cancellation)).Within(scope);
        }
        return result;
    }
}
