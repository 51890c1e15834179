//! `&D` and `Rc<D>` are devices wherever `D` is one, so that two users can share it.

use alloc::{rc::Rc, vec::Vec};
use core::{
    net::{IpAddr, SocketAddr},
    ops::Range,
};

use bytes::Bytes;

use crate::{
    Block, Entry, Fs, Geometry, Kv, KvRead, Mac, Metadata, Net, Offloads, Open, Packet, Stack, Tcp,
    Udp,
};

/// Implements every device trait for a pointer to a device, by asking the device.
macro_rules! shared {
    ($($pointer:ty),*) => {$(
        impl<D: Block> Block for $pointer {
            type Error = D::Error;

            fn geometry(&self) -> Geometry {
                (**self).geometry()
            }

            async fn read(&self, first: u64, count: u32) -> Result<Bytes, Self::Error> {
                (**self).read(first, count).await
            }

            async fn write(&self, first: u64, data: Bytes) -> Result<(), Self::Error> {
                (**self).write(first, data).await
            }

            async fn write_through(&self, first: u64, data: Bytes) -> Result<(), Self::Error> {
                (**self).write_through(first, data).await
            }

            async fn flush(&self) -> Result<(), Self::Error> {
                (**self).flush().await
            }

            async fn discard(&self, first: u64, count: u64) -> Result<(), Self::Error> {
                (**self).discard(first, count).await
            }
        }

        impl<D: Net> Net for $pointer {
            type Error = D::Error;

            fn mac(&self) -> Mac {
                (**self).mac()
            }

            fn mtu(&self) -> usize {
                (**self).mtu()
            }

            async fn send(&self, frame: Bytes) -> Result<(), Self::Error> {
                (**self).send(frame).await
            }

            async fn recv(&self) -> Result<Bytes, Self::Error> {
                (**self).recv().await
            }

            fn offloads(&self) -> Offloads {
                (**self).offloads()
            }

            async fn send_packet(&self, packet: Packet) -> Result<(), Self::Error> {
                (**self).send_packet(packet).await
            }

            async fn recv_packet(&self) -> Result<Packet, Self::Error> {
                (**self).recv_packet().await
            }
        }

        impl<D: KvRead> KvRead for $pointer {
            type Error = D::Error;

            async fn get(&self, key: &str) -> Result<Option<Bytes>, Self::Error> {
                (**self).get(key).await
            }

            async fn get_range(&self, key: &str, range: Range<u64>) -> Result<Option<Bytes>, Self::Error> {
                (**self).get_range(key, range).await
            }

            async fn metadata(&self, key: &str) -> Result<Option<Metadata>, Self::Error> {
                (**self).metadata(key).await
            }

            async fn list(&self, key: &str) -> Result<Vec<Entry>, Self::Error> {
                (**self).list(key).await
            }
        }

        impl<D: Kv> Kv for $pointer {
            async fn set(&self, key: &str, value: Bytes) -> Result<(), Self::Error> {
                (**self).set(key, value).await
            }

            async fn remove(&self, key: &str) -> Result<(), Self::Error> {
                (**self).remove(key).await
            }

            async fn sync(&self) -> Result<(), Self::Error> {
                (**self).sync().await
            }
        }

        impl<D: Fs> Fs for $pointer {
            type Error = D::Error;

            type File = D::File;

            async fn open(&self, path: &str, how: Open) -> Result<Self::File, Self::Error> {
                (**self).open(path, how).await
            }

            async fn metadata(&self, path: &str) -> Result<Option<Metadata>, Self::Error> {
                (**self).metadata(path).await
            }

            async fn list(&self, path: &str) -> Result<Vec<Entry>, Self::Error> {
                (**self).list(path).await
            }

            async fn create_folder(&self, path: &str) -> Result<(), Self::Error> {
                (**self).create_folder(path).await
            }

            async fn remove(&self, path: &str) -> Result<(), Self::Error> {
                (**self).remove(path).await
            }

            async fn rename(&self, from: &str, to: &str) -> Result<(), Self::Error> {
                (**self).rename(from, to).await
            }

            async fn sync(&self) -> Result<(), Self::Error> {
                (**self).sync().await
            }
        }

        impl<D: Tcp> Tcp for $pointer {
            type Error = D::Error;

            type Flow = D::Flow;

            type Listener = D::Listener;

            async fn connect(&self, remote: SocketAddr) -> Result<Self::Flow, Self::Error> {
                (**self).connect(remote).await
            }

            async fn listen(&self, port: u16) -> Result<Self::Listener, Self::Error> {
                (**self).listen(port).await
            }
        }

        impl<D: Udp> Udp for $pointer {
            type Error = D::Error;

            type Port = D::Port;

            async fn bind(&self, port: u16) -> Result<Self::Port, Self::Error> {
                (**self).bind(port).await
            }
        }

        impl<D: Stack> Stack for $pointer {
            type Tcp = D::Tcp;

            type Udp = D::Udp;

            fn tcp(&self) -> Self::Tcp {
                (**self).tcp()
            }

            fn udp(&self) -> Self::Udp {
                (**self).udp()
            }

            fn addresses(&self) -> Vec<IpAddr> {
                (**self).addresses()
            }
        }
    )*};
}

shared!(&D, Rc<D>);
