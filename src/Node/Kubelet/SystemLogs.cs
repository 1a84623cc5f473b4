using System.Net;
using System.Text;
using Microsoft.Win32.SafeHandles;
using Slipway.Api;
using Slipway.Node.Linux;
using Slipway.Node.Logs;

namespace Slipway.Node.Kubelet;

/// <summary>
/// Answers <c>/logs/</c>: the files of the machine's directory of logs, and its directories as pages of links. Links between them are
/// followed as long as they do not lead out of it.
/// </summary>
/// <param name="root">The directory.</param>
internal sealed class SystemLogs(string root)
{
    private const int BufferBytes = 16 << 10;
    private const int OpenNonBlocking = 0x800;

    /// <summary>Answers a request.</summary>
    /// <param name="path">What follows <c>/logs</c> in the path, escaped: empty, or with a slash at its start.</param>
    public ApiResponse Answer(string path)
    {
        // A page's links are relative to it.
        if (path.Length == 0)
            return Moved("logs/");
        if (!Directory.Exists(root))
            return NotFound(path);
        var directory = Syscalls.Open(root, Syscalls.OpenPath | Syscalls.OpenDirectory | Syscalls.OpenCloseOnExec);
        try
        {
            var name = Uri.UnescapeDataString(path).Trim('/');
            // A pipe without a writer must not hold the request.
            var opened = Syscalls.OpenBeneath(directory, name.Length == 0 ? "." : name, OpenNonBlocking);
            return opened < 0 ? NotFound(path) : Show(opened, path);
        }
        finally
        {
            Syscalls.Close(directory);
        }
    }

    private static ApiResponse Show(int opened, string path)
    {
        var facts = Syscalls.FactsOf(opened);
        if (facts.IsFile && !path.EndsWith('/'))
            return new() { StatusCode = 200, ContentType = MediaTypes.Text, Stream = new FileStream(new SafeFileHandle(opened, ownsHandle: true), FileAccess.Read) };
        try
        {
            return !facts.IsDirectory ? NotFound(path)
                : path.EndsWith('/') ? Page(opened)
                : Moved(path[(path.LastIndexOf('/') + 1)..] + "/");
        }
        finally
        {
            Syscalls.Close(opened);
        }
    }

    private static ApiResponse Page(int directory)
    {
        var names = new List<string>();
        var buffer = new byte[BufferBytes];
        while (Syscalls.ReadEntries(directory, buffer) is var read and > 0)
            foreach (var entry in new DirectoryEntries(buffer.AsSpan(0, read)))
                names.Add(entry.ToString() + (entry.IsDirectory ? "/" : ""));
        var page = new StringBuilder("<!doctype html>\n<meta name=\"viewport\" content=\"width=device-width\">\n<pre>\n");
        foreach (var name in names.Order(StringComparer.Ordinal))
            page.Append($"<a href=\"./{Uri.EscapeDataString(name.TrimEnd('/'))}{(name.EndsWith('/') ? "/" : "")}\">{WebUtility.HtmlEncode(name)}</a>\n");
        return new() { StatusCode = 200, ContentType = "text/html; charset=utf-8", Body = Encoding.UTF8.GetBytes(page.Append("</pre>\n").ToString()) };
    }

    private static ApiResponse Moved(string where) => new() { StatusCode = 301, ContentType = MediaTypes.Text, Headers = [new("Location", where)] };

    private static ApiResponse NotFound(string path) => PlainText.Response(404, $"{path} is not among the logs of the node");
}
