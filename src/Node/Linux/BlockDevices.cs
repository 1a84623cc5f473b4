namespace Slipway.Node.Linux;

/// <summary>The block devices of the machine.</summary>
internal static class BlockDevices
{
    /// <summary>The path of a device, such as <c>/dev/vda</c>; empty when it is not there any more.</summary>
    /// <param name="number">Its number, such as <c>253:0</c>.</param>
    public static string PathOf(string number)
    {
        try
        {
            return File.ReadLines($"/sys/dev/block/{number}/uevent").FirstOrDefault(line => line.StartsWith("DEVNAME=", StringComparison.Ordinal)) is { } line ? $"/dev/{line["DEVNAME=".Length..]}" : "";
        }
        catch (IOException)
        {
            return "";
        }
    }
}
