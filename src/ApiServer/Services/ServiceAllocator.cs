using System.Text.Json.Nodes;
using Slipway.Api.Documents;
using Slipway.ApiServer.Caching;
using Slipway.ApiServer.Catalog;
using Slipway.ApiServer.Writes;

namespace Slipway.ApiServer.Services;

/// <summary>
/// Gives services their addresses and ports on the way of a write. Writes of services take turns, and each decides by a cache that
/// holds every commit before it, so that nothing is given twice.
/// </summary>
internal sealed class ServiceAllocator(CacheFeed feed, ServiceAllocation allocation) : IDisposable
{
    private readonly SemaphoreSlim _turn = new(1);
    private readonly ResourceCache _services = feed.For(ServedResource.PrefixOf("", "services"));

    /// <summary>Begins a turn, which lasts until the result is disposed, after the commit; other kinds need none.</summary>
    public async ValueTask<Turn> EnterAsync(WriteContext context, CancellationToken cancellation)
    {
        if (context.Type is not { Group: "", Plural: "services" } || context.Path.Subresource.Length > 0) return default;
        await _turn.WaitAsync(cancellation);
        var turn = new Turn(_turn);
        try
        {
            await feed.WaitUntilFreshAsync(cancellation);
        }
        catch
        {
            turn.Dispose();
            throw;
        }
        return turn;
    }

    /// <summary>Completes a service within a turn; other kinds are left alone.</summary>
    /// <param name="context">The write.</param>
    /// <param name="old">The service as it is; null for a new one.</param>
    /// <param name="document">The service as it is to be.</param>
    /// <exception cref="Api.ApiException">422: what it asks for cannot be given.</exception>
    public void Give(WriteContext context, JsonObject? old, JsonObject document)
    {
        if (context.Type is not { Group: "", Plural: "services" }) return;
        // What nobody touches is not given anew, whatever became of the ranges.
        if (old is not null && JsonNode.DeepEquals(old["spec"], document["spec"])) return;
        var key = context.Resource.Key(document.Namespace, document.Name);
        // A name that is taken is the first thing to say of a new service, and the commit says it.
        if (old is null && _services.Find(key) is not null) return;
        var others = _services.Objects.Range(_services.Prefix).Where(s => s.Key != key).Select(s => (JsonObject)JsonNode.Parse(s.Bytes.Json.Span)!);
        var causes = allocation.Give(document, ServiceHoldings.Of(others));
        if (causes.Count > 0) throw context.Invalid(document.Name, causes);
    }

    public void Dispose() => _turn.Dispose();

    /// <summary>A turn.</summary>
    internal readonly struct Turn(SemaphoreSlim? turn) : IDisposable
    {
        public void Dispose() => turn?.Release();
    }
}
