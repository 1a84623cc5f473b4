namespace Slipway.Controllers.Tests.Certificates;

public sealed class RequestLifeTests
{
    private static readonly DateTime Created = new(2026, 1, 1, 0, 0, 0, DateTimeKind.Utc);

    [Theory]
    [InlineData("", false, 24)]
    [InlineData("Approved@2", false, 26)]
    [InlineData("Approved@2", true, 3)]
    [InlineData("Denied@2", false, 3)]
    [InlineData("Approved@2 Failed@4", false, 5)]
    [InlineData("Noted@2", false, null)]
    [InlineData("Approved", false, null)]
    public void A_request_is_kept_until_it_has_been_of_use(string conditions, bool isIssued, int? hours) =>
        Assert.Equal(hours is { } h ? Created.AddHours(h) : null, RequestLife.EndOf(Request(conditions, isIssued ? "b3RoZXI=" : null)));

    [Fact]
    public void A_request_ends_with_its_certificate()
    {
        using var authority = new TestAuthority(Created);
        var terms = CertificateTerms.For(AskedCertificate.Read(TestAuthority.Request("CN=jane"))!, new() { Usages = ["client auth"], ExpirationSeconds = 600 }, Created);
        var certificate = Convert.ToBase64String(System.Text.Encoding.ASCII.GetBytes(authority.Sign(terms.Certificate, terms.From, terms.Until)));
        Assert.Equal(Created.AddMinutes(10), RequestLife.EndOf(Request("Approved@0", certificate)));
    }

    private static CertificateRequestView Request(string conditions, string? certificate) => new()
    {
        Metadata = new() { CreationTimestamp = Created },
        Status = new()
        {
            Certificate = certificate,
            Conditions = [.. conditions.Split(' ', StringSplitOptions.RemoveEmptyEntries).Select(text => text.Split('@')).Select(parts =>
                new DatedCondition { Type = parts[0], Status = "True", LastUpdateTime = parts is [_, var hours] ? Created.AddHours(int.Parse(hours, System.Globalization.CultureInfo.InvariantCulture)) : null })],
        },
    };
}
