using System.Runtime.CompilerServices;
using System.Text.Json.Nodes;
using Slipway.Api;
using Slipway.Api.Documents;
using Slipway.Api.Schemas;
using Slipway.ApiServer.Caching;
using Slipway.ApiServer.Writes;

namespace Slipway.ApiServer.CustomResources.Conversion;

/// <summary>
/// Stored objects as one version shows them, where a webhook converts them: each is converted once for as long as it stays in the
/// caches, however many read it, list it and watch it.
/// </summary>
internal sealed class ConvertedObjects(CustomVersion version)
{
    private const int BatchObjects = 500;
    private const int BatchBytes = 2 << 20;

    // The version's form of an object is held by the object that it is made of.
    private readonly ConditionalWeakTable<CachedObject, Task<CachedObject>> _known = [];

    /// <summary>The object in this version's form; itself when that is how it is stored.</summary>
    /// <exception cref="ApiException">500: the webhook has failed.</exception>
    public async ValueTask<CachedObject> OfAsync(CachedObject item, CancellationToken cancellation)
    {
        if (IsShown(item)) return item;
        List<CachedObject> one = [item];
        await OfAllAsync(one, cancellation);
        return one[0];
    }

    /// <summary>Puts this version's forms in the place of objects; those that are not known yet are converted together.</summary>
    /// <exception cref="ApiException">500: the webhook has failed.</exception>
    public async ValueTask OfAllAsync(List<CachedObject> items, CancellationToken cancellation)
    {
        List<(int Index, Task<CachedObject> Form)>? forms = null;
        List<(CachedObject Item, TaskCompletionSource<CachedObject> Form)>? wanted = null;
        for (var i = 0; i < items.Count; i++)
        {
            if (IsShown(items[i])) continue;
            Task<CachedObject>? form;
            while (!_known.TryGetValue(items[i], out form))
            {
                var promise = new TaskCompletionSource<CachedObject>(TaskCreationOptions.RunContinuationsAsynchronously);
                if (!_known.TryAdd(items[i], promise.Task)) continue;
                (wanted ??= []).Add((items[i], promise));
            }
            (forms ??= []).Add((i, form));
        }
        // Whoever asks first may leave before the answer comes; others wait for it too, so that it is asked for all the same.
        if (wanted is not null) _ = ConvertAsync(wanted);
        foreach (var (index, form) in forms ?? []) items[index] = await form.WaitAsync(cancellation);
    }

    private bool IsShown(CachedObject item) => item.SchemaHash == version.SchemaHash || item.ApiVersion == version.Type.ApiVersion;

    private async Task ConvertAsync(List<(CachedObject Item, TaskCompletionSource<CachedObject> Form)> wanted)
    {
        for (var start = 0; start < wanted.Count;)
        {
            var (end, bytes) = (start, 0);
            for (; end < wanted.Count && end - start < BatchObjects && bytes < BatchBytes; end++) bytes += wanted[end].Item.Bytes.Json.Length;
            var batch = wanted[start..end];
            start = end;
            try
            {
                var documents = await version.Converter.ConvertAsync([.. batch.Select(w => Read(w.Item))], version.Type.ApiVersion, CancellationToken.None);
                for (var i = 0; i < batch.Count; i++)
                    batch[i].Form.SetResult(batch[i].Item.With(StoredValue.Make(StoredDocument.Shape(documents[i]), version.SchemaHash)));
            }
            catch (Exception e)
            {
                // Whatever it was belongs to those who wait for these objects; the next who asks tries again.
                foreach (var (item, form) in batch)
                {
                    _known.Remove(item);
                    form.TrySetException(e);
                }
            }
        }
    }

    // What is read has the defaults of the version that it is stored in.
    private JsonObject Read(CachedObject item)
    {
        var document = (JsonObject)JsonNode.Parse(item.Bytes.Json.Span, documentOptions: Nesting.Document)!;
        if (version.Converter.SchemaOf(document.ApiVersion) is { } schema) Defaulter.Apply(schema, document);
        return document;
    }
}
