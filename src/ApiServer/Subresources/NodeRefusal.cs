using System.Text;
using Slipway.Api;

namespace Slipway.ApiServer.Subresources;

/// <summary>What the agent of a node refuses: it answers in words, which clients expect in a <c>Status</c>.</summary>
internal static class NodeRefusal
{
    /// <summary>The refusal as clients get it. The answer is disposed.</summary>
    public static async ValueTask<ApiException> OfAsync(ApiResponse response)
    {
        await using (response)
        {
            var words = Encoding.UTF8.GetString(response.Body.Span).Trim();
            return response.StatusCode switch
            {
                400 => ApiException.BadRequest(words),
                403 => ApiException.Forbidden(words),
                404 => new ApiException(404, "NotFound", words),
                501 => new ApiException(501, "NotImplemented", words),
                _ => ApiException.Internal($"Internal error occurred: {words}"),
            };
        }
    }
}
