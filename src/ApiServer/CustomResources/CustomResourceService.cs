using System.Collections.Concurrent;
using System.Text.Json.Nodes;
using System.Threading.Channels;
using Microsoft.Extensions.Logging;
using Slipway.Api;
using Slipway.Api.Documents;
using Slipway.Api.Schemas;
using Slipway.ApiServer.Caching;
using Slipway.ApiServer.Catalog;
using Slipway.ApiServer.CustomResources.Conversion;

namespace Slipway.ApiServer.CustomResources;

/// <summary>
/// Keeps the catalog of served resources in step with the custom resource definitions, gives names that become free to those that
/// wait for them, and takes the objects of a definition away before the definition goes.
/// </summary>
internal sealed class CustomResourceService
{
    public const string Group = "apiextensions.k8s.io";
    public const string Plural = "customresourcedefinitions";

    private static readonly TimeSpan RetryInterval = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan LongestInterval = TimeSpan.FromMinutes(1);

    private readonly CacheFeed _feed;
    private readonly TimeProvider _clock;
    private readonly ILogger _log;
    private readonly IReadOnlyList<ServedResource> _builtIn;
    private readonly Schema _metadata;
    private readonly Func<JsonObject, ConversionWebhook?> _webhookOf;
    private readonly Channel<string> _unsettled = Channel.CreateUnbounded<string>();
    private readonly Dictionary<string, TimeSpan> _refused = new(StringComparer.Ordinal);   // how long to wait after what was refused, by key
    private readonly ConcurrentDictionary<string, bool> _waiting = new(StringComparer.Ordinal);
    private volatile Dictionary<string, KnownDefinition> _known = new(StringComparer.Ordinal);   // by key; replaced as a whole
    private volatile ResourceCatalog _catalog;

    /// <param name="builtIn">The kinds that are always served.</param>
    /// <param name="feed">Feeds the caches.</param>
    /// <param name="webhookOf">Makes what calls the webhook of a definition; null for one that has none.</param>
    /// <param name="clock">Time of conditions.</param>
    /// <param name="log">Where failures are reported.</param>
    public CustomResourceService(IReadOnlyList<ResourceType> builtIn, CacheFeed feed, Func<JsonObject, ConversionWebhook?> webhookOf, TimeProvider clock, ILogger log)
    {
        _feed = feed;
        _webhookOf = webhookOf;
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

    /// <summary>Completes a definition that is about to be written with its status.</summary>
    public void Accept(JsonObject definition, bool isNew)
    {
        if (isNew) definition.Finalizers = [.. definition.Finalizers.Union([DefinitionCleanup.Finalizer])];
        DefinitionStatus.Update(definition, NamesInUse(definition), _clock.GetUtcNow());
    }

    /// <summary>Makes the catalog anew from the definitions in the cache; called by the feed, so that whoever has waited for the feed sees it.</summary>
    public void Rebuild()
    {
        var known = new Dictionary<string, KnownDefinition>(StringComparer.Ordinal);
        foreach (var item in Definitions.Objects.Range(Definitions.Prefix))
            known[item.Key] = _known.TryGetValue(item.Key, out var before) && before.Revision == item.Revision ? before : Read(item, before);
        var changed = known.Where(k => !_known.TryGetValue(k.Key, out var before) || !ReferenceEquals(before, k.Value)).Select(k => k.Key).ToHashSet();
        // A name that is given up may be what others in its group wait for.
        var released = _known.Count > known.Count || changed.Count > 0;
        var ended = _known.Where(k => !known.TryGetValue(k.Key, out var now) || now.End != k.Value.End).Select(k => k.Value.End).ToArray();
        _known = known;
        _catalog = new ResourceCatalog([.. _builtIn, .. known.OrderBy(k => k.Key, StringComparer.Ordinal).SelectMany(k => k.Value.Served)]);
        foreach (var end in ended) _ = end.CancelAsync();   // watches end on threads of their own
        foreach (var (key, definition) in known)
            if ((definition.IsBeingDeleted && changed.Contains(key)) || (definition.LacksNames && released)) _unsettled.Writer.TryWrite(key);
    }

    /// <summary>Looks after definitions that are being deleted or wait for names, until cancelled.</summary>
    /// <param name="cleanup">Takes the objects of definitions away.</param>
    /// <param name="api">The API as the identity that does this.</param>
    /// <param name="cancellation">Ends the work.</param>
    public async Task RunAsync(DefinitionCleanup cleanup, IApi api, CancellationToken cancellation)
    {
        var writer = new DefinitionWriter(api);
        await foreach (var key in _unsettled.Reader.ReadAllAsync(cancellation))
        {
            if (!_known.TryGetValue(key, out var definition))
            {
                _refused.Remove(key);
                continue;
            }
            var interval = RetryInterval;
            try
            {
                var isSettled = definition.IsBeingDeleted ? await cleanup.StepAsync(definition, Overlaps(definition), writer, cancellation) : await NameAsync(definition, writer, cancellation);
                _refused.Remove(key);
                if (isSettled) continue;
            }
            catch (ApiException e) when (e.Code == 409)
            {
                continue;   // it has been written meanwhile, and is looked at again for that
            }
            catch (Exception e) when (e is ApiException or IOException)
            {
                interval = _refused[key] = _refused.TryGetValue(key, out var last) ? TimeSpan.FromTicks(Math.Min(last.Ticks * 2, LongestInterval.Ticks)) : RetryInterval;
                _log.LogWarning("the definition {Definition} could not be settled and is tried again in {Seconds} s: {Cause}", definition.Name, interval.TotalSeconds, e.Message);
            }
            _ = RetryLaterAsync(key, interval, cancellation);
        }
    }

    private async ValueTask<bool> NameAsync(KnownDefinition definition, DefinitionWriter writer, CancellationToken cancellation)
    {
        var updated = (JsonObject)definition.Document.DeepClone();
        DefinitionStatus.Update(updated, NamesInUse(updated), _clock.GetUtcNow());
        if (!JsonNode.DeepEquals(updated["status"], definition.Document["status"])) await writer.WriteStatusAsync(updated, definition.Revision, cancellation);
        return true;
    }

    private async Task RetryLaterAsync(string key, TimeSpan interval, CancellationToken cancellation)
    {
        if (!_waiting.TryAdd(key, true)) return;
        await Task.Delay(interval, _clock, cancellation).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        _waiting.TryRemove(key, out _);
        _unsettled.Writer.TryWrite(key);
    }

    private KnownDefinition Read(CachedObject item, KnownDefinition? before)
    {
        var document = (JsonObject)JsonNode.Parse(item.Bytes.Json.Span, documentOptions: Nesting.Document)!;
        var end = before?.ServesAs(document) == true ? before.End : new CancellationTokenSource();
        try
        {
            if (DefinitionStatus.Is(document, DefinitionStatus.Established))
            {
                var versions = CustomDefinition.Versions(document, _metadata, _webhookOf(document));
                return new(document, item.Revision, [.. versions.Select(v => new ServedResource(v.Type, _feed.For(ServedResource.PrefixOf(v.Type.Group, v.Type.Plural)), v) { Ended = end.Token })], end);
            }
        }
        catch (ApiException e)
        {
            _log.LogError("the stored definition {Definition} cannot be served: {Cause}", document.Name, e.Message);
        }
        return new(document, item.Revision, [], end);
    }

    // Objects under the keys of a built-in kind are not the definition's to take away.
    private bool Overlaps(KnownDefinition definition) => definition.Storage is { } storage && _builtIn.Any(b => b.Cache == storage.Cache);

    private NamesInUse NamesInUse(JsonObject definition) =>
        KnownDefinition.NamesOf(_known.Values, _builtIn.Select(b => b.Type), definition.Object("spec")?.Text("group") ?? "", definition.Name);
}
