using Slipway.Node.Kubelet;
using Slipway.Node.Linux;

namespace Slipway.Node.Tests.Kubelet;

public sealed class SystemLogsTests : IDisposable
{
    private readonly string _home = Directory.CreateTempSubdirectory("slipway-logs-").FullName;

    public SystemLogsTests()
    {
        var root = Directory.CreateDirectory(Path.Combine(_home, "log")).FullName;
        File.WriteAllText(Path.Combine(_home, "secret"), "secret");
        File.WriteAllText(Path.Combine(root, "messages"), "hello");
        File.WriteAllText(Path.Combine(Directory.CreateDirectory(Path.Combine(root, "pods")).FullName, "a b<"), "spaced");
        File.CreateSymbolicLink(Path.Combine(root, "inner"), "pods/a b<");
        File.CreateSymbolicLink(Path.Combine(root, "relative"), "../secret");
        File.CreateSymbolicLink(Path.Combine(root, "absolute"), Path.Combine(_home, "secret"));
        File.CreateSymbolicLink(Path.Combine(root, "up"), "..");
    }

    public void Dispose() => TreeRemoval.Remove(_home);

    [Theory]
    [InlineData("/messages", 200, "hello")]
    [InlineData("/pods/a%20b%3C", 200, "spaced")]
    [InlineData("/inner", 200, "spaced")]
    [InlineData("/pods/", 200, "<a href=\"./a%20b%3C\">a b&lt;</a>")]
    [InlineData("/", 200, "<a href=\"./messages\">messages</a>\n<a href=\"./pods/\">pods/</a>")]
    [InlineData("", 301, "logs/")]
    [InlineData("/pods", 301, "pods/")]
    [InlineData("/messages/", 404, "not among")]
    [InlineData("/nothing", 404, "not among")]
    [InlineData("/relative", 404, "not among")]
    [InlineData("/absolute", 404, "not among")]
    [InlineData("/up/", 404, "not among")]
    [InlineData("/../secret", 404, "not among")]
    [InlineData("/%2E%2E/secret", 404, "not among")]
    [InlineData("/pods%2F..%2F..%2Fsecret", 404, "not among")]
    public async Task Files_and_directories_are_shown_and_nothing_beside_them(string path, int code, string told)
    {
        await using var answer = new SystemLogs(Path.Combine(_home, "log")).Answer(path);
        Assert.Equal(code, answer.StatusCode);
        using var text = new StreamReader(answer.Stream ?? new MemoryStream(answer.Body.ToArray()));
        Assert.Contains(told, code == 301 ? answer.Headers[0].Value : await text.ReadToEndAsync(TestContext.Current.CancellationToken), StringComparison.Ordinal);
    }

    [Fact]
    public void A_machine_without_logs_shows_none() => Assert.Equal(404, new SystemLogs(Path.Combine(_home, "none")).Answer("/").StatusCode);
}
