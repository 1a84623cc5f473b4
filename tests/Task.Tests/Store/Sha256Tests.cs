using System.Security.Cryptography;
using System.Text;

namespace Slipway.Wrapper.Tests.Store;

public sealed class Sha256Tests
{
    /// <summary>The examples of FIPS 180-4.</summary>
    [Theory]
    [InlineData("", "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855")]
    [InlineData("abc", "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad")]
    [InlineData("abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq", "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1")]
    public void It_is_that_of_the_standard(string text, string expected)
    {
        var hash = new Sha256();
        hash.Append(Encoding.ASCII.GetBytes(text));
        Assert.Equal(expected, hash.Finish());
    }

    [Fact]
    public void It_is_that_of_the_base_library_whatever_the_length_and_the_pieces()
    {
        var random = new Random(1);
        var content = new byte[300];
        random.NextBytes(content);
        for (var length = 0; length <= content.Length; length++)
        {
            var hash = new Sha256();
            for (var start = 0; start < length;)
            {
                var piece = Math.Min(random.Next(1, 90), length - start);
                hash.Append(content.AsSpan(start, piece));
                start += piece;
            }

            Assert.Equal(Convert.ToHexStringLower(SHA256.HashData(content.AsSpan(0, length))), hash.Finish());
        }
    }
}
