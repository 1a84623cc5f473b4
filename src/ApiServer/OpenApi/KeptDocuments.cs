using System.Collections.Concurrent;
using Slipway.ApiServer.Wire;

namespace Slipway.ApiServer.OpenApi;

/// <summary>Documents by the hash of what they describe, each made by the first who asks for it while all others wait.</summary>
internal sealed class KeptDocuments
{
    private readonly ConcurrentDictionary<string, Lazy<CompressedBody>> _documents = new(StringComparer.Ordinal);

    /// <summary>The document of a hash. What failed is not kept: who asks next has it made again.</summary>
    public CompressedBody Get(string hash, Func<CompressedBody> make)
    {
        var document = _documents.GetOrAdd(hash, _ => new(make));
        try
        {
            return document.Value;
        }
        finally
        {
            if (!document.IsValueCreated) _documents.TryRemove(new(hash, document));
        }
    }

    /// <summary>Forgets all but those of some hashes.</summary>
    public void KeepOnly(IReadOnlySet<string> hashes)
    {
        foreach (var hash in _documents.Keys)
            if (!hashes.Contains(hash)) _documents.TryRemove(hash, out _);
    }
}
