using System.Text.Json.Nodes;
using System.Threading.Channels;
using Microsoft.Extensions.Logging;
using Slipway.Api;
using Slipway.Api.Documents;
using Slipway.Api.Schemas;
using Slipway.ApiServer.Caching;
using Slipway.ApiServer.Catalog;

namespace Slipway.ApiServer.CustomResources;

/// <summary>
/// Keeps the catalog of served resources in step with the custom resource definitions, and takes the objects of a definition
/// away before the definition goes.
/// </summary>
internal sealed class CustomResourceService
{
    public const string Group = "apiextensions.k8s.io";
    public const string Plural = "customresourcedefinitions";

    private static readonly TimeSpan CleanupInterval = TimeSpan.FromSeconds(1);

    private readonly CacheFeed _feed;
    private readonly TimeProvider _clock;
    private readonly ILogger _log;
    private readonly IReadOnlyList<ServedResource> _builtIn;
    private readonly Schema _metadata;
    private readonly Dictionary<string, (long Revision, IReadOnlyList<ServedResource> Resources)> _known = new(StringComparer.Ordinal);
    private readonly Channel<string> _terminating = Channel.CreateUnbounded<string>();
    private volatile ResourceCatalog _catalog;

    public CustomResourceService(IReadOnlyList<ResourceType> builtIn, CacheFeed feed, TimeProvider clock, ILogger log)
    {
        _feed = feed;
        _clock = clock;
        _log = log;
        _builtIn = [.. builtIn.Select(t => new ServedResource(t, feed.For(StoredForm.PrefixOf(t))))];
        _metadata = builtIn.First(t => t.Kind == "Namespace").Schema.Properties["metadata"];
        _catalog = new ResourceCatalog(_builtIn);
        Definitions = feed.For(ServedResource.PrefixOf(Group, Plural));
        Definitions.Changed = Rebuild;
    }

    /// <summary>What is served now.</summary>
    public ResourceCatalog Catalog => _catalog;

    private ResourceCache Definitions { get; }

    /// <summary>Refuses a definition that cannot be served, and completes one that can with its status.</summary>
    /// <exception cref="ApiException">422.</exception>
    public void Accept(JsonObject definition, bool isNew)
    {
        CustomDefinition.Versions(definition, _metadata);
        if (isNew)
        {
            definition.Remove("status");
            definition.Finalizers = [.. definition.Finalizers.Union([CustomDefinition.CleanupFinalizer])];
        }
        CustomDefinition.SetStatus(definition, Conflict(definition), _clock.GetUtcNow());
    }

    /// <summary>Makes the catalog anew from the definitions in the cache; called by the feed, so that whoever has waited for the feed sees it.</summary>
    public void Rebuild()
    {
        var resources = new List<ServedResource>(_builtIn);
        var present = new HashSet<string>(StringComparer.Ordinal);
        foreach (var item in Definitions.Objects.Range(Definitions.Prefix))
        {
            present.Add(item.Key);
            resources.AddRange(ServedBy(item));
        }
        foreach (var gone in _known.Keys.Except(present).ToArray()) _known.Remove(gone);
        _catalog = new ResourceCatalog(resources);
    }

    /// <summary>Removes the objects of definitions that are being deleted, then lets the definitions go, until cancelled.</summary>
    /// <param name="api">The API as the identity that does this.</param>
    /// <param name="cancellation">Ends the work.</param>
    public async Task RunAsync(IApi api, CancellationToken cancellation)
    {
        var cleanup = new CustomResourceCleanup(api);
        await foreach (var key in _terminating.Reader.ReadAllAsync(cancellation))
        {
            if (Definitions.Find(key) is not { } item) continue;
            var definition = (JsonObject)JsonNode.Parse(item.Bytes.Json.Span)!;
            try
            {
                if (await cleanup.StepAsync(definition, cancellation)) continue;
            }
            catch (ApiException e)
            {
                _log.LogWarning("objects of {Definition} could not be removed and are tried again: {Cause}", definition.Name, e.Message);
            }
            _ = RetryLaterAsync(key, cancellation);
        }
    }

    private async Task RetryLaterAsync(string key, CancellationToken cancellation)
    {
        await Task.Delay(CleanupInterval, _clock, cancellation).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        _terminating.Writer.TryWrite(key);
    }

    private IReadOnlyList<ServedResource> ServedBy(CachedObject item)
    {
        if (_known.TryGetValue(item.Key, out var known) && known.Revision == item.Revision) return known.Resources;
        IReadOnlyList<ServedResource> resources = [];
        var definition = (JsonObject)JsonNode.Parse(item.Bytes.Json.Span)!;
        try
        {
            if (CustomDefinition.IsEstablished(definition))
                resources = [.. CustomDefinition.Versions(definition, _metadata).Select(v => new ServedResource(v.Type, _feed.For(ServedResource.PrefixOf(v.Type.Group, v.Type.Plural)), v))];
        }
        catch (ApiException e)
        {
            _log.LogError("the stored definition {Definition} cannot be served: {Cause}", definition.Name, e.Message);
        }
        if (definition.IsBeingDeleted) _terminating.Writer.TryWrite(item.Key);
        _known[item.Key] = (item.Revision, resources);
        return resources;
    }

    private string? Conflict(JsonObject definition)
    {
        var spec = definition.Object("spec") ?? [];
        var (group, names) = (spec.Text("group"), spec.Object("names") ?? []);
        var plural = names.Text("plural");
        var kind = names.Text("kind");
        foreach (var other in _catalog.Resources)
        {
            var type = other.Type;
            if (type.Group != group || (type.IsCustom && type.Plural == plural)) continue;
            if (type.Plural == plural) return $"\"{plural}\" is already in use";
            if (type.Kind == kind) return $"\"{kind}\" is already in use";
        }
        return null;
    }
}
