using Slipway.ApiServer.OpenApi;
using Slipway.ApiServer.Wire;

namespace Slipway.ApiServer.Tests;

public sealed class KeptDocumentsTests
{
    private readonly KeptDocuments _documents = new();
    private int _made;

    [Fact]
    public void A_document_is_made_once_for_as_long_as_it_is_kept()
    {
        var first = _documents.Get("a", Make);
        _documents.KeepOnly(new HashSet<string> { "a", "b" });
        Assert.Same(first, _documents.Get("a", Make));
        _documents.KeepOnly(new HashSet<string> { "b" });
        Assert.NotSame(first, _documents.Get("a", Make));
        Assert.Equal(2, _made);
    }

    [Fact]
    public void What_could_not_be_made_is_made_when_it_is_asked_for_again()
    {
        Assert.Throws<InvalidDataException>(() => _documents.Get("a", () => throw new InvalidDataException()));
        Assert.Same(_documents.Get("a", Make), _documents.Get("a", Make));
        Assert.Equal(1, _made);
    }

    private CompressedBody Make()
    {
        _made++;
        return CompressedBody.Of("{}"u8.ToArray());
    }
}
