using System.Text.Json.Nodes;
using Slipway.ApiServer.Caching;
using Slipway.ApiServer.Wire;
using Slipway.ApiServer.Writes;
using Slipway.Storage;

namespace Slipway.ApiServer.Reads;

/// <summary>
/// Answers <c>componentstatuses</c>, a kind of old whose objects are not kept but asked for: of what the server depends on, which is
/// its store, under the name that clients know.
/// </summary>
internal sealed class ComponentStatuses(CacheFeed feed)
{
    private const string Store = "etcd-0";

    public async ValueTask<Reply> AnswerAsync(string verb, WriteContext context, CancellationToken cancellation)
    {
        if (verb == "get" && context.Path.Name != Store) throw context.NotFound(context.Path.Name);
        var item = new CachedObject(new StoreRecord(context.Resource.Key("", Store), StoredValue.Make(await StateAsync(cancellation), 0), 0, feed.Revision), context.Resource.Cache.Prefix.Length);
        if (verb == "get") return ObjectReader.Present(context.Resource, item, context.Presenter);

        return ObjectReader.PresentList([item], new(feed.Revision, null, null), context.Presenter);
    }

    private async ValueTask<JsonObject> StateAsync(CancellationToken cancellation)
    {
        string? error = null;
        try
        {
            await feed.WaitUntilFreshAsync(cancellation);
        }
        catch (StoreUnreachableException e)
        {
            error = e.Message;
        }
        var condition = new JsonObject { ["type"] = "Healthy", ["status"] = error is null ? "True" : "False", ["message"] = error is null ? "ok" : "" };
        if (error is not null) condition["error"] = error;
        return new()
        {
            ["apiVersion"] = "v1",
            ["kind"] = "ComponentStatus",
            ["metadata"] = new JsonObject { ["name"] = Store },
            ["conditions"] = new JsonArray(condition),
        };
    }
}
