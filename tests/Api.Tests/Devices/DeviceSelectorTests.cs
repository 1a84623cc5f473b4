using Slipway.Api.Cel;
using Slipway.Api.Devices;

namespace Slipway.Api.Tests.Devices;

public sealed class DeviceSelectorTests
{
    private static readonly DeviceFacts Gpu = new(
        "gpu.example.com",
        new Dictionary<string, DeviceAttribute>
        {
            ["model"] = new() { String = "a100" },
            ["cores"] = new() { Int = 8 },
            ["ecc"] = new() { Bool = true },
            ["driverVersion"] = new() { Version = "12.4.1" },
            ["modes"] = new() { Strings = ["fast", "slow"] },
            ["numa.example.org/node"] = new() { Int = 1 },
        },
        new Dictionary<string, string> { ["memory"] = "40Gi" },
        allowsMultipleAllocations: false);

    [Theory]
    [InlineData("device.driver == 'gpu.example.com'", true)]
    [InlineData("device.attributes['gpu.example.com'].model == 'a100'", true)]
    [InlineData("device.attributes['gpu.example.com'].cores >= 9", false)]
    [InlineData("device.attributes['gpu.example.com'].ecc", true)]
    [InlineData("device.attributes['gpu.example.com'].driverVersion.isGreaterThan(semver('12.0.0'))", true)]
    [InlineData("'slow' in device.attributes['gpu.example.com'].modes", true)]
    [InlineData("device.attributes['numa.example.org'].node == 1", true)]
    [InlineData("device.attributes['other.example.org'].?node.orValue(7) == 7", true)]
    [InlineData("'memory' in device.capacity['gpu.example.com']", true)]
    [InlineData("device.capacity['gpu.example.com'].memory.compareTo(quantity('40Gi')) == 0", true)]
    [InlineData("cel.bind(gpu, device.attributes['gpu.example.com'], gpu.model.startsWith('a') && gpu.cores == 8)", true)]
    [InlineData("device.allowMultipleAllocations", false)]
    public void ADeviceIsMeantOrNot(string expression, bool expected)
    {
        Assert.Equal(expected, DeviceSelector.Compile(expression).Selects(Gpu, out var error));
        Assert.Null(error);
    }

    [Theory]
    [InlineData("device.attributes['gpu.example.com'].serial == 'x'", "no such key: serial")]
    [InlineData("device.attributes['other.example.org'].node == 1", "no such key: node")]
    [InlineData("device.attributes['gpu.example.com'].cores.startsWith('8')", "no such overload")]
    public void AnExpressionThatFailsMeansNoDevice(string expression, string why)
    {
        Assert.False(DeviceSelector.Compile(expression).Selects(Gpu, out var error));
        Assert.StartsWith(why, error, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("device.model == 'x'")]
    [InlineData("device.driver")]
    [InlineData("device.driver ==")]
    public void WhatIsNoConditionOfADeviceIsRefused(string expression) => Assert.Throws<CelCompileException>(() => DeviceSelector.Compile(expression));

    [Fact]
    public void AttributesAreComparedByTheirSingleValue()
    {
        Assert.Equal(new DeviceAttribute { Int = 1 }.Single, new DeviceAttribute { Int = 1, Bool = null }.Single);
        Assert.NotEqual(new DeviceAttribute { Int = 1 }.Single, new DeviceAttribute { String = "1" }.Single);
        Assert.Equal(new DeviceAttribute { Version = "1.0.0+a" }.Single, new DeviceAttribute { Version = "1.0.0+b" }.Single);
        Assert.Null(new DeviceAttribute { Ints = [1] }.Single);
    }
}
