using System.Text;
using Slipway.Api;

namespace Slipway.Node.Logs;

/// <summary>Answers in plain text, as the kubelet gives them.</summary>
internal static class PlainText
{
    public static ApiResponse Response(int code, string text) => new() { StatusCode = code, ContentType = MediaTypes.Text, Body = Encoding.UTF8.GetBytes(text) };
}
